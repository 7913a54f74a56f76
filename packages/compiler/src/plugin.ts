import { createUnplugin, type UnpluginInstance } from "unplugin";
import { type CompilerOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { isOwnPackage } from "./package-scope.ts";
import { transform } from "./transform.ts";

const sourceFile = /\.(?:[cm]?[jt]s|[jt]sx)$/;
/** Vite's ways of importing a file as something else than code. */
const otherUse = /[?&](?:raw|url|inline|worker|sharedworker)\b/;

/** The plugin for every bundler that unplugin knows; each has its own entry point. */
export const holdfast: UnpluginInstance<CompilerOptions | undefined, false> = createUnplugin(
	(options?: CompilerOptions) => {
		const resolved = resolveOptions(options ?? {});
		return {
			name: "holdfast",
			enforce: "pre",
			transformInclude: (id) => isIncluded(id, resolved),
			transform(code, id) {
				const { structure, ticks, root } = resolved;
				const filename = withoutQuery(id);
				const result = transform(code, { filename, structure, ticks, root });
				for (const { message, line, column, severity } of result.diagnostics)
					if (severity === "warning") this.warn(`${filename}:${line}:${column}: ${message}`);
				return result.changed ? { code: result.code, map: result.map } : null;
			},
		};
	},
);

function isIncluded(id: string, options: ResolvedOptions): boolean {
	if (id.startsWith("\0") || otherUse.test(id)) return false;
	const path = withoutQuery(id);
	return sourceFile.test(path) && options.includes(path) && !isOwnPackage(path);
}

function withoutQuery(id: string): string {
	return id.replace(/[?#].*$/, "");
}
