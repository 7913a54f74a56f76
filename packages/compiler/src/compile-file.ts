import { readFileSync } from "node:fs";
import remapping from "@jridgewell/remapping";
import { transformSync } from "oxc-transform/index.js";
import { codeFrame } from "./code-frame.ts";
import { CompileError } from "./errors.ts";
import type { ResolvedOptions } from "./options.ts";
import { transformFile as transform } from "./outliving/transform.ts";
import { isOwnPackage, packageScope } from "./package-scope.ts";
import { type ModuleFormat, parse } from "./parse.ts";
import { Positions } from "./positions.ts";
import type { SourceMap } from "./source-map.ts";

/** A file as Node is to run it. */
export interface CompiledFile {
	readonly code: string;
	readonly format: ModuleFormat;
}

const sourceFile = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const typeScriptFile = /\.(?:[cm]?ts|tsx|jsx)$/;

/** Whether the loader answers for this path: the right ending, in the globs, none of Holdfast's own. */
export function isCompilable(path: string, options: ResolvedOptions): boolean {
	return sourceFile.test(path) && options.includes(path) && !isOwnPackage(path);
}

/** Compiles a file and strips its types. `undefined`: Node can load it as it is. */
export function compileFile(path: string, options: ResolvedOptions): CompiledFile | undefined {
	const source = readFileSync(path, "utf8");
	const given = packageScope(path).type ?? "commonjs";
	const { root, printsFindings } = options;
	const findings = printsFindings && options.findings(path);
	const result = transform(source, { filename: path, ...options.settings(path), root, format: given, findings });
	for (const { message, line, column, rule } of result.findings)
		console.error(`${path}:${line}:${column}: ${message} (${rule})\n\n${codeFrame(source, line, column)}\n`);
	const isTypeScript = typeScriptFile.test(path);
	if (!result.changed && !isTypeScript) return undefined;
	const format = result.format ?? parse(source, path, given).format;
	if (!isTypeScript) return { code: withMap(result.code, result.map), format };
	const stripped = stripTypes(path, result.code, format);
	const map = result.map === null ? stripped.map : composed(stripped.map, result.map);
	return { code: withMap(stripped.code, map), format };
}

/** Newer syntax than Node 20 has, and decorators, which no Node has, are compiled away with the types. */
export function stripTypes(path: string, code: string, format: ModuleFormat): { code: string; map: SourceMap } {
	const result = transformSync(path, code, {
		sourceType: format,
		target: "es2024",
		decorator: { legacy: true },
		sourcemap: true,
	});
	const failure = result.errors.find(({ severity }) => severity === "Error");
	if (failure !== undefined) {
		const at = new Positions(code).at(failure.labels[0]?.start ?? 0);
		throw new CompileError(failure.message, path, code, at.line, at.column);
	}
	return { code: result.code, map: result.map as unknown as SourceMap };
}

export function composed(outer: SourceMap, inner: SourceMap): SourceMap {
	const map = remapping([outer, inner] as unknown as Parameters<typeof remapping>[0], () => null);
	return JSON.parse(map.toString()) as SourceMap;
}

function withMap(code: string, map: SourceMap | null): string {
	if (map === null) return code;
	const encoded = Buffer.from(JSON.stringify(map)).toString("base64");
	return `${code}\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${encoded}\n`;
}
