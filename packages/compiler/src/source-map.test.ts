import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import { expect, test } from "vitest";
import { checkMap, type Difference, type MapCheck } from "../test/identifiers.ts";
import { compileFile } from "./compile-file.ts";
import { resolveOptions } from "./options.ts";
import type { Piece } from "./pieces.ts";
import { renderCode, renderMap } from "./source-map.ts";
import { transform } from "./transform.ts";

const root = new URL("../../../", import.meta.url).pathname;
// Our own sources, the fixtures, and published code that nobody wrote for this compiler.
const patterns = [
	"packages/*/src/**/*.ts",
	"packages/compiler/fixtures/*/src/**/*.{ts,tsx}",
	"conformance/**/*.{ts,mjs}",
	"examples/**/*.{ts,tsx}",
	"node_modules/{p-queue,p-map,fastify,koa,undici}/**/*.{js,mjs}",
];
const corpus = patterns
	.flatMap((pattern) => globSync(join(root, pattern)))
	.filter((path) => !/\/dist\/(?!.*\.js$)|\/packages\/.*\/(?:dist|node_modules)\//.test(path))
	.sort();

/** Checks every file that `compile` gives output and map for. */
function checkAll(
	compile: (path: string, code: string) => { code: string; map: object } | undefined,
): MapCheck & { files: number } {
	const sum = { files: 0, mapped: 0, wrong: [] as Difference[], lost: [] as string[], total: 0 };
	for (const path of corpus) {
		const code = readFileSync(path, "utf8");
		const output = compile(path, code);
		if (output === undefined) continue;
		const { mapped, wrong, lost, total } = checkMap({ path, ...output }, () => code);
		sum.files++;
		sum.mapped += mapped;
		sum.wrong.push(...wrong);
		sum.lost.push(...lost);
		sum.total += total;
	}
	return { ...sum };
}

test("every identifier of compiled code comes from the same identifier of the source", () => {
	const { files, mapped, wrong, lost, total } = checkAll((path, source) => {
		const { changed, code, map } = transform(source, { filename: path, structure: "function" });
		return changed && map !== null ? { code, map } : undefined;
	});
	expect(wrong.map(({ message }) => message)).toEqual([]);
	expect(files).toBeGreaterThan(250);
	expect(mapped).toBeGreaterThan(100_000);
	// A method that is called by its name, as a text, and the name of a shell have no token of their own.
	expect(lost.length / total, lost.slice(0, 20).join("\n")).toBeLessThan(0.02);
}, 120_000);

test("… and so do the identifiers of what the Node loader makes of it, types stripped", () => {
	const options = resolveOptions({ structure: "function", root });
	const { files, mapped, wrong } = checkAll((path) => {
		if (!/\.tsx?$/.test(path) || path.includes("/conformance/")) return undefined;
		const compiled = compileFile(path, options);
		const [, encoded] =
			/\n\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)\n$/.exec(compiled?.code ?? "") ?? [];
		if (compiled === undefined || encoded === undefined) return undefined;
		return { code: compiled.code, map: JSON.parse(Buffer.from(encoded, "base64").toString()) };
	});
	// oxc gives what the compiler has made a place as well: that of what stands before it.
	const confused = wrong.filter(({ origin }) => origin !== undefined).map(({ message }) => message);
	expect(confused.length, confused.join("\n")).toBeLessThan(mapped * 0.01);
	expect(files).toBeGreaterThan(100);
	expect(mapped).toBeGreaterThan(30_000);
}, 120_000);

test("a long map, with long lines and far jumps", () => {
	const line = `const ${"word ".repeat(200)};\n`;
	const code = line.repeat(2_000);
	const jumps: Piece[] = Array.from({ length: 2_000 }, (_, index) => {
		const start = ((index * 7919) % 2_000) * line.length;
		return ["$made", { start, end: start + 10 }, "\n\n"];
	});
	const output: Piece = [{ start: 0, end: code.length }, jumps];
	const map = renderMap(output, code, "long.ts");
	const [from, to] = [code.split("\n"), renderCode(output, code).split("\n")];
	const rows = decodedMappings(new TraceMap(map));
	expect(rows).toHaveLength(to.length);
	const differing = rows.flatMap((segments, row) =>
		segments.filter(([column, , line = 0, origin = 0]) => to[row]?.[column] !== from[line]?.[origin]),
	);
	expect(differing).toEqual([]);
	expect(rows.flat().length).toBe(2_000 * 201 + 2_000 * 2);
}, 30_000);

test("of a construct's place and the word with which it begins, the word's counts", () => {
	const code = "class A { async m() {} }";
	const name = code.indexOf("m()");
	const { mappings } = renderMap([{ start: 10, end: 10 }, { start: name, end: name + 1 }, "() {}"], code, "a.js");
	expect(mappings).toBe("AAAgB");
});
