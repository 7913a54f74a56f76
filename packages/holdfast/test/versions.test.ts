/**
 * Two versions of the library in one program, which agree on nothing but their public promises: another kernel, another calling
 * convention. What one does with the other's coroutines and tasks goes through promises, or is refused by an error that says so.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as holdfast from "../src/index.ts";
import { compile } from "./compile.ts";
import { rejectionOf } from "./virtually.ts";

type Holdfast = typeof holdfast;

const { currentLibrary, moveOnAfter, run, runSync, sleep, until, withTaskGroup, withTimeout } = holdfast;
const folder = mkdtempSync(join(tmpdir(), "holdfast-versions-"));
let other: Holdfast;
let otherCompiled: unknown;

beforeAll(async () => {
	const source = fileURLToPath(new URL("../src/", import.meta.url));
	const result = await build({
		stdin: {
			contents: `export * from "./index.ts"; export { kernel as compiledKernel } from "./compiled.ts";`,
			resolveDir: source,
			loader: "ts",
		},
		bundle: true,
		write: false,
		format: "esm",
		platform: "node",
		conditions: ["@holdfast/source"],
	});
	const text = result.outputFiles[0]?.text ?? "";
	// What its calling convention and its kernel are called in the next version.
	const next = text.replaceAll("shell1", "shell2").replaceAll(/"holdfast\.(kernel|step|task)\/1"/g, '"holdfast.$1/2"');
	expect(next).not.toBe(text);
	const file = join(folder, "holdfast-2.mjs");
	writeFileSync(file, next);
	other = (await import(pathToFileURL(file).href)) as Holdfast;
	otherCompiled = (other as unknown as { compiledKernel: unknown }).compiledKernel;
});
afterAll(() => rmSync(folder, { recursive: true }));

const quietly = { onReport: () => {} };

test("a coroutine of the other version is awaited in compiled code and by until(), and cancelled with its wait", async () => {
	const log: string[] = [];
	const work = other.coroutine(function* () {
		yield* other.sleep(1);
		return "given";
	});
	const main = compile("async function main() { return await work(); }", { work });
	expect(await run(main)).toBe("given");
	expect(await run(() => until(work()))).toBe("given");
	const failing = other.coroutine(function* () {
		yield* other.sleep(1);
		throw new RangeError("its own");
	});
	expect(await rejectionOf(run(() => until(failing())))).toBeInstanceOf(RangeError);
	await run(function* () {
		yield* moveOnAfter(1, () => until(other.sleep(60_000)));
		log.push("left");
	}, quietly);
	expect(log).toEqual(["left"]);
});

test("yield* of its coroutine is refused, and so is an await of this version's task in its kernel by yield*", async () => {
	const here = await rejectionOf(
		run(function* () {
			yield* other.sleep(1);
		}, quietly),
	);
	expect(here).toMatchObject({ name: "ScopeMisuseError", message: expect.stringMatching(/run\(main\)/) });
	const there = await rejectionOf(
		other.run(function* () {
			yield* sleep(1);
		}, quietly),
	);
	expect(there).toMatchObject({ name: "ScopeMisuseError" });
});

test("a run of the other version inside of a run: value, error, and cancellation by the signal that it is given", async () => {
	const log: string[] = [];
	const inside = function* (): Generator<never, string | undefined, unknown> {
		try {
			yield* other.sleep(20);
			return other.currentLibrary();
		} finally {
			log.push("cleaned up");
		}
	};
	expect(await run(() => until(other.run(inside)))).toBe("holdfast");
	await run(function* () {
		yield* moveOnAfter(1, function* () {
			const ended = other.run(inside, { signal: holdfast.currentSignal() }).catch(() => {});
			try {
				yield* until(ended);
			} finally {
				yield* holdfast.cleanup(() => until(ended));
			}
		});
		log.push("left");
	});
	expect(log).toEqual(["cleaned up", "cleaned up", "left"]);
	expect(await run(() => [currentLibrary(), other.runSync(() => other.currentLibrary()), currentLibrary()])).toEqual([
		"holdfast",
		"holdfast/sync",
		"holdfast",
	]);
	expect(runSync(() => other.runSync(() => runSync(() => 7)))).toBe(7);
});

test("compiled code of the other version is called as any async function, and its tasks are its own", async () => {
	const theirs = compile<(x: number) => Promise<number>>(
		"async function main(x) { await sleep(1); return x * 2; }",
		{ ...other },
		{ runtime: otherCompiled },
	);
	const main = compile("async function main() { return await Promise.all([theirs(1), theirs(2), await theirs(3)]); }", {
		theirs,
	});
	expect(await run(main)).toEqual([2, 4, 6]);
	expect(await run(() => withTaskGroup((group) => group.spawn(() => theirs(4))))).toBe(8);
	expect(await other.run(() => theirs(5))).toBe(10);
	const refused = await rejectionOf(Promise.resolve().then(() => runSync(() => theirs(6), quietly)));
	expect(refused).toMatchObject({ code: "HOLDFAST_CANNOT_BLOCK" });
});

test("a time limit, a group and a context variable of one do not reach into the other, and break nothing there", async () => {
	const error = await rejectionOf(run(() => withTimeout(1, () => until(other.run(() => other.sleep(20)))), quietly));
	expect(error).toBeInstanceOf(holdfast.TimeoutError);
	expect(error).not.toBeInstanceOf(other.TimeoutError);
	const variable = new holdfast.ContextVar<string>("of this version", { default: "default" });
	const seen = await run(function* () {
		variable.set("set");
		return yield* until(other.run(() => variable.get()));
	});
	expect(["set", "default"]).toContain(seen);
});
