import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildFailure, build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { build as vite } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import esbuildPlugin from "./esbuild.ts";
import rolldownPlugin from "./rolldown.ts";
import rollupPlugin from "./rollup.ts";
import vitePlugin from "./vite.ts";

let directory: string;
const source = `import { twice } from "./twice";
interface Options { n: number }
async function fails(): Promise<never> {
	await null;
	throw new Error("boom");
}
export async function main({ n }: Options): Promise<void> {
	console.log(await twice(n), Symbol.for("holdfast.corocall") in twice);
	try { await fails(); } catch (error) { console.log(/app.ts:5:8/.test((error as Error).stack ?? "")); }
}
await main({ n: 4 });
`;

beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "holdfast-plugin-"));
	mkdirSync(join(directory, "src"));
	writeFileSync(join(directory, "package.json"), '{"type":"module"}');
	writeFileSync(join(directory, "src/app.ts"), source);
	writeFileSync(join(directory, "src/twice.ts"), "export const twice = async (n: number): Promise<number> => n * 2;");
	writeFileSync(
		join(directory, "plain.js"),
		'import { f } from "./f.js"; console.log(await f(), Symbol.for("holdfast.corocall") in f);',
	);
	writeFileSync(join(directory, "f.js"), "export async function f() { return 5; }");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What a bundle prints. `holdfast/compiled` is bundled too, from the source of this repository. */
function execute(file: string): string[] {
	const { stdout, stderr } = spawnSync(process.execPath, ["--enable-source-maps", file], { encoding: "utf8" });
	expect(stderr).toBe("");
	return stdout.trim().split("\n");
}

const runtime = new URL("../../holdfast/src/compiled.ts", import.meta.url).pathname;

test("esbuild", async () => {
	const outfile = join(directory, "esbuild.mjs");
	await esbuild({
		entryPoints: [join(directory, "src/app.ts")],
		bundle: true,
		format: "esm",
		platform: "node",
		sourcemap: true,
		outfile,
		alias: { "holdfast/compiled": runtime },
		plugins: [esbuildPlugin({ root: directory, structure: "function" })],
	});
	expect(readFileSync(outfile, "utf8")).toContain('"src/app.ts"');
	expect(execute(outfile)).toEqual(["8 true", "true"]);
});

test("vite", async () => {
	await vite({
		root: directory,
		configFile: false,
		logLevel: "silent",
		resolve: { alias: { "holdfast/compiled": runtime } },
		plugins: [vitePlugin({ root: directory })],
		build: {
			outDir: "vite",
			minify: false,
			sourcemap: true,
			target: "esnext",
			lib: { entry: join(directory, "src/app.ts"), formats: ["es"], fileName: "app" },
		},
	});
	expect(execute(join(directory, "vite/app.js"))).toEqual(["8 true", "true"]);
});

test("rolldown", async () => {
	const bundle = await rolldown({
		input: join(directory, "src/app.ts"),
		platform: "node",
		resolve: { alias: { "holdfast/compiled": runtime } },
		plugins: [rolldownPlugin({ root: directory })],
	});
	await bundle.write({ file: join(directory, "rolldown.mjs"), format: "esm", sourcemap: true });
	expect(execute(join(directory, "rolldown.mjs"))).toEqual(["8 true", "true"]);
});

test("rollup", async () => {
	const bundle = await rollup({
		input: join(directory, "plain.js"),
		external: ["holdfast/compiled"],
		plugins: [rollupPlugin({ root: directory })],
	});
	const { output } = await bundle.generate({ format: "esm", sourcemap: true });
	expect(output[0].code).toMatch(/from ['"]holdfast\/compiled['"]/);
	expect(output[0].code).toContain("kernel.bare(");
	expect(output[0].map?.sources.some((name) => name.endsWith("f.js"))).toBe(true);
});

test("a file that cannot be parsed is left to the tool, with a warning", async () => {
	const file = join(directory, "broken.js");
	writeFileSync(file, "const ok = 1;\nasync function f( {\n");
	const building = esbuild({ entryPoints: [file], write: false, logLevel: "silent", plugins: [esbuildPlugin()] });
	const { errors, warnings } = await building.then(
		() => ({ errors: [], warnings: [] }),
		(failure: BuildFailure) => failure,
	);
	expect(warnings.map(({ text, location }) => [text.split(" (")[0], location?.line])).toEqual([
		["The file stays native: it cannot be parsed", 3],
	]);
	expect(errors.length).toBeGreaterThan(0);
});

test("esbuild: what other plugins make up is theirs, and endings keep the loader that the options name", async () => {
	const file = join(directory, "page.js");
	writeFileSync(file, 'import { made } from "made/up.js"; export const f = async () => <b>{await made()}</b>;');
	const { outputFiles } = await esbuild({
		entryPoints: [file],
		bundle: true,
		format: "esm",
		write: false,
		loader: { ".js": "jsx" },
		external: ["holdfast/compiled"],
		plugins: [
			esbuildPlugin({ root: directory }),
			{
				name: "made up",
				setup(build) {
					build.onResolve({ filter: /^made\// }, ({ path }) => ({ path, namespace: "made" }));
					build.onLoad({ filter: /.*/, namespace: "made" }, () => ({ contents: "export async function made() {}" }));
				},
			},
		],
	});
	const text = outputFiles[0]?.text ?? "";
	expect(text).toContain("async function made() {");
	expect(text).toContain('.createElement("b"');
	expect(text).toContain('.module(1, "page.js", ');
});

test("wrong options are refused when the plugin is made", () => {
	expect(() => vitePlugin({ structure: "task" as "scope" })).toThrow('Option "structure" must be');
});
