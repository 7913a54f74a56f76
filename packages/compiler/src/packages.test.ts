// Sources that nobody wrote for this compiler.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
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

/** Files with async code, as they were published. */
function* sourcesOf(name: string): Generator<{ path: string; code: string }> {
	const directory = directoryOf(name);
	for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath, entry.name);
		if (!entry.isFile() || !/\.[cm]?[jt]sx?$/.test(path) || /\.d\.[cm]?ts$/.test(path)) continue;
		if (path.slice(directory.length).includes("node_modules")) continue;
		const code = readFileSync(path, "utf8");
		if (mayNeedTransform(code)) yield { path, code };
	}
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
		let count = 0;
		for (const { path, code } of sourcesOf(name)) {
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
		expect(count).toBeGreaterThan(0);
	}, 60_000);
}

/**
 * Of the functions with an await, how many must be plain, in per cent: what is reached, without its decimals. `npm run corpus`
 * measures the same over more packages.
 */
const floors = {
	koa: 100,
	hono: 98,
	fastify: 99,
	undici: 71,
	"p-map": 87,
	"p-queue": 100,
	rollup: 97,
	vite: 98,
	vitest: 98,
};

test("no package has fewer plain functions than it had", () => {
	const shares = Object.keys(floors).map((name) => {
		const awaiting = [...sourcesOf(name)].flatMap(({ path, code }) =>
			transform(code, { filename: path, sourcemap: false }).functions.filter(({ hasAwait }) => hasAwait),
		);
		const plain = awaiting.filter(({ form }) => form === "plain").length;
		return [name, awaiting.length === 0 ? 0 : Math.floor((plain / awaiting.length) * 100)] as const;
	});
	for (const [name, share] of shares)
		expect.soft(share, name).toBeGreaterThanOrEqual(floors[name as keyof typeof floors]);
}, 60_000);
