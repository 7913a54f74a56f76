// Sources that nobody wrote for this compiler.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";
import { mayNeedTransform } from "./scan.ts";
import { transform } from "./transform.ts";

const require = createRequire(import.meta.url);

function directoryOf(name: string): string {
	for (const base of require.resolve.paths(name) ?? []) {
		const directory = join(base, name);
		try {
			readdirSync(directory);
			return directory;
		} catch {
			// Not here: look further up.
		}
	}
	throw new Error(`${name} is not installed`);
}

const names = [
	"p-queue",
	"p-map",
	"undici",
	"hono",
	"fastify",
	"koa",
	"vite",
	"rollup",
	"unplugin",
	"esbuild",
	"fast-check",
	"vitest",
	"oxc-parser",
];

for (const name of names) {
	test(`${name}: every file with async code compiles, and the output parses`, () => {
		const directory = directoryOf(name);
		let count = 0;
		for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
			const path = join(entry.parentPath, entry.name);
			if (!entry.isFile() || !/\.[cm]?[jt]sx?$/.test(path) || /\.d\.[cm]?ts$/.test(path)) continue;
			if (path.slice(directory.length).includes("node_modules")) continue;
			const code = readFileSync(path, "utf8");
			if (!mayNeedTransform(code)) continue;
			const structure = count % 2 === 0 ? "function" : "scope";
			const ticks = count % 3 === 0 ? "native" : "default";
			const result = transform(code, { filename: path, structure, ticks });
			if (!result.changed) continue;
			count++;
			const sourceType = /require\("holdfast/.test(result.code) ? "commonjs" : "module";
			const { errors } = parseSync(path, result.code, { sourceType });
			expect(
				errors.map((error) => error.codeframe?.slice(0, 500)),
				path,
			).toEqual([]);
		}
		expect(count, dirname(directory)).toBeGreaterThan(0);
	}, 60_000);
}
