import { execFile } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { loadAdapter, PeerError } from "@holdfast/interop";
import { describe, expect, test } from "vitest";
import { checkPeer } from "../src/peer-error.ts";

const adapters = ["effect", "effection", "opentelemetry", "redux-saga", "rxjs"] as const;
const peerOf = (name: string): string => (name === "opentelemetry" ? "@opentelemetry/api" : name);
const core = fileURLToPath(new URL("../../holdfast/src/streams.ts", import.meta.url));

/** Runs a module on a host on which these packages are not installed. */
async function runWithout(packages: readonly string[], code: string): Promise<string> {
	const hooks = `
		import { registerHooks } from "node:module";
		const absent = ${JSON.stringify(packages)};
		registerHooks({
			resolve(specifier, context, next) {
				const isAbsent = absent.some((name) => specifier === name || specifier.startsWith(name + "/"));
				return next(isAbsent ? "absent-" + specifier : specifier, context);
			},
		});`;
	const { stdout } = await promisify(execFile)(
		process.execPath,
		[
			"--conditions=@holdfast/source",
			"--import",
			`data:text/javascript,${encodeURIComponent(hooks)}`,
			"--input-type=module",
			"--eval",
			code,
		],
		{ cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
	);
	return stdout.trim();
}

describe("peers", () => {
	test.each(adapters)("@holdfast/interop/%s loads without the other peers", async (name) => {
		const others = adapters.filter((other) => other !== name).map(peerOf);
		const code = `console.log(Object.keys(await import("@holdfast/interop/${name}")).length > 0)`;
		expect(await runWithout(others, code)).toBe("true");
	});

	test("the core loads without any of them", async () => {
		const code = `await import(${JSON.stringify(pathToFileURL(core).href)}); console.log(typeof (await import("holdfast")).toPromise)`;
		expect(await runWithout(adapters.map(peerOf), code)).toBe("function");
	});

	test.each(adapters)(
		"%s that is missing is named by the import, and loadAdapter says what to install",
		async (name) => {
			const code = `
			import { loadAdapter } from "@holdfast/interop";
			const ways = [() => import("@holdfast/interop/${name}"), () => loadAdapter("${name}")];
			for (const way of ways) console.log(await way().then(() => "loaded", (error) => error.name + ": " + error.message.split("\\n")[0]));`;
			const [imported, loaded] = (await runWithout([peerOf(name)], code)).split("\n");
			expect(imported).toContain(`Cannot find package 'absent-${peerOf(name).split("/")[0]}'`);
			expect(loaded).toMatch(
				new RegExp(
					`^PeerError: @holdfast/interop/${name} needs a library that is not installed: npm install ${peerOf(name)}@\\^\\d`,
				),
			);
		},
	);

	// Nothing of ours has run by then, so nothing of ours can say more; the page of the neighbours tells why.
	test.each([...adapters, "react"])(
		"a static import of @holdfast/interop/%s without its library: the host names the library and the adapter",
		async (name) => {
			const failure = await runWithout([peerOf(name)], `import "@holdfast/interop/${name}";`).catch(String);
			expect(failure).toMatch(
				new RegExp(
					`Cannot find package 'absent-${peerOf(name).split("/")[0]}' imported from \\S*interop\\S*/src/\\S+\\.ts`,
				),
			);
		},
	);

	test("the adapters of frameworks, which are given what they need, load without any of them", async () => {
		const names = ["express", "fastify", "hono", "koa"];
		const code = `
			const loaded = await Promise.all(${JSON.stringify(names)}.map((name) => import("@holdfast/interop/" + name)));
			console.log(loaded.every((module) => Object.keys(module).some((name) => name.startsWith("serve"))));`;
		expect(await runWithout([...adapters.map(peerOf), "react", ...names], code)).toBe("true");
	});

	test("a version that does not have what is needed is named, with what to install", () => {
		expect(() => checkPeer("effect", "effect@^4.0.0", [undefined])).toThrow(PeerError);
		expect(() => checkPeer("effect", "effect@^4.0.0", [undefined])).toThrow(
			/@holdfast\/interop\/effect works with another version of its library than the one that is installed: npm install effect@\^4/,
		);
	});

	test("an adapter that is none is named", async () => {
		await expect(loadAdapter("most" as never)).rejects.toThrow(
			/there is no adapter "most"; known are effect, effection/,
		);
		expect(Object.keys(await loadAdapter("rxjs"))).toContain("toObservable");
	});
});
