// Makes the two variants of every case file and bundles each into one portable module:
// dist/portable.compiled.mjs and dist/portable.generators.mjs. Each prints one line of JSON, `{ frontEnd, results }`.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { deriveGenerators } from "./derive.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The way of writing coroutines that a variant stands for, and how a case file is brought into it. */
const variants = {
	compiled: async (code, file) => {
		const { transform } = await import("@holdfast/compiler");
		return transform(code, { filename: file, sourcemap: false }).code;
	},
	generators: async (code, file) => deriveGenerators(code, file),
};

export const frontEnds = Object.keys(variants);

/** Bundles one variant and gives the path of the portable module, which runs the cases, or exports them as `suite`. */
export async function buildVariant(
	frontEnd,
	{ source = false, production = false, browser = false, chapter, exported = false } = {},
) {
	const dist = join(here, "dist");
	const name = `${exported ? "suite" : "portable"}${browser ? ".browser" : ""}.${frontEnd}`;
	const inspectable = join(dist, exported ? name : frontEnd);
	await rm(inspectable, { recursive: true, force: true });
	await mkdir(inspectable, { recursive: true });
	const wanted = chapter === undefined ? ".ts" : `${chapter}.ts`;
	const files = (await readdir(join(here, "cases"))).filter((it) => it.endsWith(wanted)).sort();

	const rewrite = {
		name: "cases",
		setup(setup) {
			setup.onLoad({ filter: /[\\/]conformance[\\/]cases[\\/][^\\/]+\.ts$/ }, async ({ path }) => {
				const file = path.split(/[\\/]/).at(-1);
				const contents = await variants[frontEnd](await readFile(path, "utf8"), `conformance/cases/${file}`);
				await writeFile(join(inspectable, file), contents);
				return { contents, loader: "ts" };
			});
		},
	};

	const ending = exported
		? ['import { caseSuite } from "./harness.ts";', `export const suite = { broken: [], ...caseSuite("${frontEnd}") };`]
		: [
				'import { runCases } from "./harness.ts";',
				`const results = await runCases("${frontEnd}");`,
				`console.log(JSON.stringify({ frontEnd: "${frontEnd}", results }));`,
			];
	const outfile = join(dist, `${name}.mjs`);
	await build({
		stdin: {
			contents: [...files.map((it) => `import "./cases/${it}";`), ...ending].join("\n"),
			resolveDir: here,
			sourcefile: "suite.ts",
			loader: "ts",
		},
		bundle: true,
		format: "esm",
		platform: "neutral",
		target: "es2022",
		keepNames: true,
		conditions: [
			"import",
			browser ? "browser" : "node",
			...(source ? ["@holdfast/source"] : []),
			...(production ? ["production"] : []),
		],
		external: ["node:*"],
		plugins: [rewrite],
		outfile,
		logLevel: "error",
	});
	return outfile;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
	for (const frontEnd of frontEnds) console.log(await buildVariant(frontEnd));
}
