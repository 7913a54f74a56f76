import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { runChild } from "./child.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const exports = JSON.parse(readFileSync(`${root}packages/holdfast/package.json`, "utf8")).exports as Record<
	string,
	unknown
>;
const entries = Object.keys(exports)
	.filter((name) => name !== "./package.json")
	.map((name) => `holdfast${name.slice(1)}`);

async function bundled(contents: string): Promise<string> {
	const { outputFiles } = await build({
		stdin: { contents, resolveDir: root },
		bundle: true,
		write: false,
		minify: true,
		format: "esm",
		conditions: ["@holdfast/source"],
		external: ["node:*"],
		logLevel: "silent",
	});
	return outputFiles[0]?.text ?? "";
}

test.each(entries)("an import of %s that uses nothing adds nothing to a bundle", async (entry) => {
	expect((await bundled(`import ${JSON.stringify(entry)};`)).trim()).toBe("");
});

test("a bundle has what it uses, and nothing of the rest", async () => {
	const text = await bundled(`export { Semaphore } from "holdfast";`);
	expect(text).toContain("Semaphore.release");
	for (const other of ["Barrier", "PriorityQueue", "memoize", "SIGUSR2", "withTaskGroup"])
		expect(text, other).not.toContain(other);
});

test("importing changes nothing in the process but the kernel's own registered symbols", async () => {
	const { stdout } = await runChild(`
		import { AsyncLocalStorage } from "node:async_hooks";
		const state = () => JSON.stringify([
			process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
			Object.getOwnPropertyNames(globalThis).length,
			Error.stackTraceLimit,
			process.getActiveResourcesInfo(),
		]);
		const { run } = AsyncLocalStorage.prototype;
		const before = state();
		const symbols = new Set(Object.getOwnPropertySymbols(globalThis));
		for (const entry of ${JSON.stringify(entries)}) await import(entry);
		console.log(before === state(), run === AsyncLocalStorage.prototype.run);
		console.log(Object.getOwnPropertySymbols(globalThis).filter((key) => !symbols.has(key)).map((key) => key.description).sort().join());`);
	expect(stdout).toBe("true true\nholdfast.kernel/1,holdfast.step/1,holdfast.suppressed/1\n");
});

test("a program that has frozen its globals before can import it", async () => {
	const { stdout, stderr } = await runChild(`
		Object.preventExtensions(globalThis);
		const { run, sleep, withTaskGroup } = await import("holdfast");
		console.log(await run(function* () { yield* withTaskGroup(function* (group) { group.spawn(sleep, 1); }); return "done"; }));`);
	expect([stdout, stderr]).toEqual(["done\n", ""]);
});
