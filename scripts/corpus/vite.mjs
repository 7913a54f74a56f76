// What the plugin adds to a Vite build of an application made of packages of the corpus.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toolNode } from "../nodes.mjs";
import { corpusFolder, unpack } from "./unpack.mjs";

const entries = {
	"@trpc/server": "src/index.ts",
	astro: "dist/core/index.js",
	bullmq: "dist/esm/index.js",
	"drizzle-orm": "index.js",
	execa: "index.js",
	got: "dist/source/index.js",
	hono: "dist/index.js",
	inngest: "index.js",
	kysely: "dist/esm/index.js",
	undici: "index.js",
};

/**
 * Medians over whole builds, each in a process of its own, with and without the plugin in turns.
 *
 * @param {import("./unpack.mjs").CorpusPackage[]} packages
 * @param {number} rounds
 */
export function measureVite(packages, rounds) {
	const folder = join(corpusFolder, ".vite");
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const lines = packages
		.filter(({ name }) => name in entries)
		.map((entry, index) => {
			const path = join(unpack(entry), entries[entry.name]);
			if (!existsSync(path)) throw new Error(`${path} is missing`);
			return `export * as package${index} from ${JSON.stringify(path)};`;
		});
	const entry = join(folder, "entry.js");
	writeFileSync(entry, lines.join("\n"));
	const samples = { without: [], with: [] };
	for (let round = 0; round < rounds; round++)
		for (const side of round % 2 === 0 ? ["without", "with"] : ["with", "without"])
			samples[side].push(buildOnce(entry, side));
	const median = (side, key) => samples[side].map((sample) => sample[key]).sort((a, b) => a - b)[rounds >> 1];
	const summary = (side) => ({ ...samples[side][0], wall: median(side, "wall"), cpu: median(side, "cpu") });
	return { packages: lines.length, rounds, without: summary("without"), with: summary("with") };
}

function buildOnce(entry, side) {
	const program = fileURLToPath(new URL("vite-build.mjs", import.meta.url));
	const conditions = process.execArgv.filter((argument) => argument.startsWith("--conditions"));
	const output = execFileSync(toolNode(), [...conditions, program, entry, corpusFolder, side], { encoding: "utf8" });
	return JSON.parse(output);
}

/** @param {ReturnType<typeof measureVite>} result */
export function viteLines({ packages, rounds, without, with: compiled }) {
	const side = ({ wall, cpu, chunk }) =>
		`${wall.toFixed(2)} s, ${cpu.toFixed(2)} s of processor, ${Math.round(chunk / 1024)} KB`;
	return [
		`Vite build of ${packages} packages, ${without.modules} modules, ${(without.bytes / 1e6).toFixed(1)} MB; medians of ${rounds} builds`,
		`without the plugin: ${side(without)}`,
		`with the plugin: ${side(compiled)} (+${(compiled.wall - without.wall).toFixed(2)} s, +${(compiled.cpu - without.cpu).toFixed(2)} s of processor)`,
	].join("\n");
}
