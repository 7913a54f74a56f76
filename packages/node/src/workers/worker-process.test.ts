import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Runs a program that was written for the sources of this repository. */
function start(program: string, ...flags: string[]): ChildProcess {
	return spawn(process.execPath, [...flags, "--conditions=@holdfast/source", "--input-type=module", "-e", program], {
		cwd: root,
	});
}

async function outcome(child: ChildProcess): Promise<{ code: number | null; output: string; errors: string }> {
	const [[code], output, errors] = await Promise.all([
		once(child, "close"),
		text(child.stdout as NonNullable<ChildProcess["stdout"]>),
		text(child.stderr as NonNullable<ChildProcess["stderr"]>),
	]);
	return { code, output, errors };
}

const IMPORTS = `
	import { run, suspend } from "holdfast";
	import { runInWorker } from "@holdfast/node";
`;

test("where the compiler was registered by a call, a worker's modules are compiled as well", async () => {
	// Outside of this repository, whose own packages are left as they are.
	const folder = mkdtempSync(join(tmpdir(), "holdfast-worker-"));
	const module = join(folder, "compiled.ts");
	writeFileSync(
		module,
		`enum Unit { Metre = "m" }
		export async function describe(length: number): Promise<string> {
			await null;
			return \`\${length} \${Unit.Metre}, \${Symbol.for("holdfast.corocall") in describe ? "compiled" : "native"}\`;
		}`,
	);
	const child = start(`${IMPORTS}
		import { registerCompiler } from "@holdfast/compiler/loader";
		registerCompiler();
		console.log(await run(() => runInWorker({ module: ${JSON.stringify(module)}, export: "describe" }, [3])));
	`);
	const { output } = await outcome(child);
	rmSync(folder, { recursive: true });
	expect(output).toBe("3 m, compiled\n");
}, 60_000);

test("threads without work do not keep the process alive: a standstill is noticed", async () => {
	const child = start(`${IMPORTS}
		await run(function* () {
			console.log(yield* runInWorker(() => 1));
			yield* suspend(() => () => {});
		}).catch((error) => console.log(error.name));
	`);
	expect(await outcome(child)).toMatchObject({ code: 0, output: "1\nDeadlockError\n" });
}, 60_000);

function interrupted(options: string, grace: number): string {
	return `${IMPORTS}
		const begun = new Int32Array(new SharedArrayBuffer(4));
		const loop = (begun) => {
			Atomics.store(begun, 0, 1);
			for (;;);
		};
		const waiting = setInterval(() => {
			if (Atomics.load(begun, 0) !== 1) return;
			clearInterval(waiting);
			process.kill(process.pid, "SIGINT");
		}, 5);
		await run(() => runInWorker(loop, [begun], ${options}), { signals: true, grace: ${grace} }).catch((error) => console.log(error.name));
	`;
}

test("Ctrl-C while a worker loops: its thread is terminated, and the run ends as interrupted", async () => {
	expect(await outcome(start(interrupted("{ grace: 0 }", 60_000)))).toMatchObject({ output: "InterruptedError\n" });
}, 60_000);

test("a worker that loops until the end of the run's grace ends with the process", async () => {
	expect(await outcome(start(interrupted("{}", 20)))).toMatchObject({
		code: 130,
		errors: expect.stringContaining("runInWorker loop"),
	});
}, 60_000);

test("what a worker prints is there before its thread is gone", async () => {
	const child = start(`${IMPORTS}
		await run(() => runInWorker((n) => { for (let i = 0; i < n; i++) console.log("line", i); }, [500]));
	`);
	const { output } = await outcome(child);
	expect(output.split("\n").length).toBe(501);
}, 60_000);

const HELPED = `
	import { coroutine, run, runSync, sync } from "holdfast";
	import { callByName } from "@holdfast/node";
	const named = (name, ...args) => ({
		module: ${JSON.stringify(new URL("../../test/worker-module.ts", import.meta.url).href)}, export: name, arguments: args,
	});
`;

test("the helper thread of synchronous runs does not keep the process alive, and keeps no run waiting", async () => {
	const child = start(`${HELPED}
		console.log(runSync(() => callByName(named("addNatively", 1, 2))));
		await run(() => console.log(runSync(() => callByName(named("addNatively", 3, 4)))));
	`);
	expect(await outcome(child)).toEqual({ code: 0, output: "3\n7\n", errors: "" });
}, 60_000);

test("a helper thread without memory is noticed", async () => {
	if (!("getHeapStatistics" in Worker.prototype)) return;
	const child = start(
		`${HELPED}
		try { runSync(() => callByName(named("eat"))); } catch (error) { console.log(error.name); }
		console.log(runSync(() => callByName(named("add", 1, 2))));
	`,
		"--max-old-space-size=64",
	);
	expect(await outcome(child)).toMatchObject({ code: 0, output: "WorkerDiedError\n3\n" });
}, 60_000);

test("compiled functions wait for it as others do, and their modules are compiled there too", async () => {
	const folder = mkdtempSync(join(tmpdir(), "holdfast-helper-"));
	const module = join(folder, "compiled.ts");
	// It is the same module on both sides. An await in the test of a case makes a body a generator, the others are plain functions.
	writeFileSync(
		module,
		`import { callByName } from ${JSON.stringify(import.meta.resolve("@holdfast/node"))};
		export async function rate(day: string): Promise<string> {
			await new Promise((resolve) => setTimeout(resolve, 1));
			return \`rate of \${day}, \${Symbol.for("holdfast.corocall") in rate ? "compiled" : "native"}\`;
		}
		const named = (day: string) => callByName<typeof rate>({ module: import.meta.url, export: "rate", arguments: [day] });
		export async function plain(day: string): Promise<string> {
			return "plain: " + (await named(day));
		}
		export async function iterating(days: string[]): Promise<string> {
			const found: string[] = [];
			async function* each() { for (const day of days) yield await named(day); }
			for await (const rate of each()) found.push(rate);
			return "iterating: " + found.join("; ");
		}
		export async function choosing(day: string): Promise<string> {
			switch (\`rate of \${day}, compiled\`) {
				case await named("Sunday"): return "wrong";
				case await named(day): return "choosing: right";
				default: return "wrong";
			}
		}`,
	);
	const child = start(`${HELPED}
		import { registerCompiler } from "@holdfast/compiler/loader";
		registerCompiler();
		const { plain, iterating, choosing } = await import(${JSON.stringify(module)});
		console.log(sync(plain)("Monday"));
		console.log(runSync(() => iterating(["Tuesday", "Wednesday"])));
		console.log(sync(choosing)("Thursday"));
	`);
	const { output, errors } = await outcome(child);
	rmSync(folder, { recursive: true });
	expect(errors).toBe("");
	expect(output).toBe(
		"plain: rate of Monday, compiled\niterating: rate of Tuesday, compiled; rate of Wednesday, compiled\nchoosing: right\n",
	);
}, 60_000);
