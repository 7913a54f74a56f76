// What the compiler makes of one file: forms of its functions, what parsers say of the output, and bytes.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compileFunction, SourceTextModule } from "node:vm";
import { transform as compile } from "@holdfast/compiler";
import { transformSync } from "esbuild";
import { parseSync } from "oxc-parser";

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

/** The first complaint about an output of the compiler, or `undefined`. */
export function complaint(path, code, isModule) {
	const { errors } = parseSync(path, code, { sourceType: isModule ? "module" : "commonjs", showSemanticErrors: true });
	const error = errors.find(({ severity, codeframe }) => severity === "Error" && !/\bTS\(\d+\)/.test(codeframe ?? ""));
	if (error !== undefined) return `the parser says: ${error.message}\n${error.codeframe}`;
	return engineComplaint(/\.[cm]?tsx?$/.test(path) ? lowered(code, path, false) : code, isModule);
}

/** What V8 says of a text, without running it. Of functions inside it sees what their first reading shows. */
function engineComplaint(code, isModule) {
	try {
		if (isModule) new SourceTextModule(code.replace(/^#!.*/, ""));
		else compileFunction(code.replace(/^#!.*/, ""), ["exports", "require", "module", "__filename", "__dirname"]);
		return undefined;
	} catch (error) {
		return `V8 says: ${error.stack?.split("\n").slice(0, 6).join("\n") ?? error.message}`;
	}
}
