/** One loader, used by ESLint's own `Linter` (synchronously) and by the server (a process of its own). */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { Linter } from "eslint";
import { run, runSync, sync } from "holdfast";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Program } from "../test-support/program.ts";
import { type Config, ConfigError, configFor, loadConfig } from "./load-config.ts";
import plugin from "./plugin.ts";

let folder: string;
beforeEach(() => {
	folder = realpathSync(mkdtempSync(join(tmpdir(), "config-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: object | string): string {
	const full = join(folder, path);
	mkdirSync(dirname(full), { recursive: true });
	writeFileSync(full, typeof content === "string" ? content : JSON.stringify(content));
	return full;
}

/** A diamond of files and a package: both bases extend the package's. */
function project(): void {
	write("house.json", {
		extends: ["./base/left.json", "./base/right.json"],
		forbidden: { moment: null, fs: "use node:fs" },
	});
	write("base/left.json", { extends: "@house/rules", forbidden: { request: "left" } });
	write("base/right.json", { extends: "@house/rules", forbidden: { request: "right" } });
	write("node_modules/@house/rules/house.json", { forbidden: { moment: "it is large", request: "it is old" } });
}

const merged = (): Config => ({
	forbidden: { request: "right", fs: "use node:fs" },
	sources: ["node_modules/@house/rules/house.json", "base/left.json", "base/right.json", "house.json"].map((path) =>
		join(folder, path),
	),
});

function thrownBy(call: () => unknown): unknown {
	try {
		call();
	} catch (error) {
		return error;
	}
	throw new Error("Nothing was thrown.");
}

it("gives the same in both colours", async () => {
	project();
	const path = join(folder, "house.json");
	expect(await run(() => loadConfig(path))).toEqual(merged());
	expect(sync(loadConfig)(path)).toEqual(merged());
	expect(runSync(() => configFor(join(folder, "base", "any.ts")))).toEqual(merged());
});

it("throws the same in both colours, and names the way", async () => {
	const first = write("first.json", { extends: "./second.json" });
	const second = write("second.json", { extends: "./first.json" });
	const lost = write("lost.json", { extends: "./no-such.json" });
	const broken = write("broken.json", "{");
	const homeless = write("homeless.json", { extends: "no-such-package" });
	const expected = [
		[first, `${first} extends ${second} extends ${first}: it extends itself.`],
		[lost, `${lost} extends ${join(folder, "no-such.json")}: there is no such file.`],
		[broken, `${broken}: `],
		[homeless, `${homeless} extends no-such-package: there is no such package with a house.json.`],
	] as const;
	for (const [path, message] of expected) {
		const errors = [await run(() => loadConfig(path)).catch((error) => error), thrownBy(() => sync(loadConfig)(path))];
		for (const error of errors) expect(error).toBeInstanceOf(ConfigError);
		for (const error of errors) expect((error as Error).message.slice(0, message.length)).toBe(message);
	}
});

it("serves ESLint, whose rules are called synchronously", () => {
	project();
	expect(lintIn(folder, 'import a from "moment";\nimport b from "request";\nimport c from "fs";')).toEqual([
		"2: request is forbidden here: right",
		"3: fs is forbidden here: use node:fs",
	]);
});

function lintIn(cwd: string, code: string): string[] {
	const config = {
		files: ["**/*.js"],
		plugins: { house: plugin as never },
		rules: { "house/no-forbidden-import": 2 as const },
	};
	const found = new Linter({ cwd }).verify(code, [config], { filename: join(cwd, "src", "index.js") });
	return found.map(({ line, message }) => `${line}: ${message}`);
}

describe("the server", () => {
	it("answers with the same, and says what is wrong", async () => {
		project();
		write("broken/house.json", "{");
		await using server = new Program("config/main.ts", [folder, "0"]);
		const [, url] = await server.printed(/^configurations on (http:\S+)$/m);
		const answers = await Promise.all(
			["/src/index.js", "/base/left.json"].map(async (path) => (await fetch(`${url}${path}`)).json()),
		);
		expect(answers).toEqual([merged(), merged()]);
		const broken = await fetch(`${url}/broken/x.js`);
		expect([broken.status, await broken.json()]).toEqual([422, { error: expect.stringContaining("house.json: ") }]);
		expect(await server.stop("SIGTERM")).toMatchObject({ code: 143, stderr: "" });
	}, 30_000);
});

it("a base on the web is loaded in both colours", async () => {
	// In a thread of its own: a synchronous run holds this one up.
	const server = new Worker(
		`const { createServer } = require("node:http");
		const files = { "/house.json": { extends: "deep/base.json", forbidden: { a: "web" } }, "/deep/base.json": { forbidden: { b: "deep" } } };
		const server = createServer((request, response) => response.end(JSON.stringify(files[request.url])));
		server.listen(0, "127.0.0.1", () => require("node:worker_threads").parentPort.postMessage(server.address().port));`,
		{ eval: true },
	);
	const port = await new Promise((resolve) => server.once("message", resolve));
	const base = `http://127.0.0.1:${port}`;
	const path = write("house.json", { extends: `${base}/house.json` });
	const expected = {
		forbidden: { b: "deep", a: "web" },
		sources: [`${base}/deep/base.json`, `${base}/house.json`, path],
	};
	expect(await run(() => loadConfig(path))).toEqual(expected);
	expect(sync(loadConfig)(path)).toEqual(expected);
	await server.terminate();
});
