import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const budget = JSON.parse(readFileSync(new URL("../../size-budget.json", import.meta.url), "utf8"));

/** Bytes that a program ships for these names: bundled for production, minified, gzipped, as scripts/size.mjs does. */
async function gzipped(from, names) {
	const { outputFiles } = await build({
		stdin: {
			contents: names === "*" ? `export * from "${from}";` : `export { ${names.join(", ")} } from "${from}";`,
			resolveDir: fileURLToPath(new URL("..", import.meta.url)),
		},
		bundle: true,
		minify: true,
		write: false,
		format: "esm",
		platform: "neutral",
		conditions: ["production", "browser"],
		target: "es2022",
		external: ["node:*"],
		mainFields: ["module", "main"],
		define: { "process.env.NODE_ENV": '"production"' },
		logLevel: "error",
	});
	return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const [few, whole] = budget;

export default [
	{
		work: `core, min+gzip, production condition: ${few.name}`,
		unit: "bundle of run, sleep and a way to start tasks",
		native: "none",
		isolated: true,
		valueUnit: "bytes",
		rounds: 1,
		target: { below: few.target },
		contestants: {
			"holdfast-compiled": () => gzipped(few.from, few.import),
			effection: () => gzipped("effection", ["run", "sleep", "spawn"]),
			effect: () => gzipped("effect/Effect", ["runPromise", "sleep", "forkChild", "gen"]),
		},
	},
	{
		work: `core, min+gzip, production condition: ${whole.name}`,
		unit: "bundle of every export",
		native: "none",
		isolated: true,
		valueUnit: "bytes",
		rounds: 1,
		target: { below: whole.target },
		contestants: {
			"holdfast-compiled": () => gzipped(whole.from, whole.import),
			effection: () => gzipped("effection", "*"),
			effect: () => gzipped("effect/Effect", "*"),
		},
	},
];
