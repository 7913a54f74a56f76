// Files of a package through the compiler, and the same without types.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { transform as compile } from "@holdfast/compiler";
import { transformSync } from "esbuild";

/** Nearest `type` of a package.json, as the loader reads it. */
export function formatOf(path, root) {
	for (let directory = dirname(path); directory.length >= root.length; directory = dirname(directory)) {
		const manifest = join(directory, "package.json");
		if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).type ?? "commonjs";
	}
	return "commonjs";
}

/**
 * @param {string} path
 * @param {string} root folder of the package
 * @param {{ structure: string, ticks: string, bodies: string }} options
 */
export function compileOne(path, root, options) {
	const source = readFileSync(path, "utf8");
	const format = formatOf(path, root);
	const settings = { filename: path, root, format, sourcemap: false, ...options };
	return { source, format, ...compile(source, settings) };
}

/** Types, decorators and what this engine does not know are compiled away. `undefined`: the tool refuses the text. */
export function lowered(code, path, minify) {
	const loader = /\.[cm]?ts$/.test(path) ? "ts" : path.endsWith(".tsx") ? "tsx" : "jsx";
	return transformSync(code, { loader, minify, target: "es2024", legalComments: "none", logLevel: "silent" }).code;
}
