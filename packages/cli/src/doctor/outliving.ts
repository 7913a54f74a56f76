import type { DroppedCall, Survey } from "@holdfast/compiler";
import type { OutlivingCall } from "./diagnosis.ts";
import type { Project } from "./project.ts";
import { resolveImport } from "./tools.ts";

/**
 * The calls that start a task which may run on when its function has returned: in functions of scope structure, calls
 * whose promise goes nowhere, of what is an async function by its name. Candidates: names are known here, not types.
 */
export function outlivingCalls(project: Project, surveys: ReadonlyMap<string, Survey>): OutlivingCall[] {
	const methods = new Set([...surveys.values()].flatMap(({ asyncMethods }) => asyncMethods));
	for (const { otherMethods } of surveys.values()) for (const name of otherMethods) methods.delete(name);
	const calls: OutlivingCall[] = [];
	for (const [file, { dropped }] of surveys)
		for (const { structure, target, callerPlace, ...call } of dropped)
			if (structure === "scope" && isAsync(target, file))
				calls.push({ ...call, file, callerPlace: { file, ...callerPlace }, kind: target.kind });
	return calls;

	function isAsync(target: DroppedCall["target"], file: string): boolean {
		if (target.kind === "method")
			return surveys.get(file)?.asyncMethods.includes(target.name) === true || methods.has(target.name);
		if (target.kind !== "import") return true;
		const source = resolveImport(project, file, target.module);
		return source !== undefined && exportsAsync(source, target.name, new Set());
	}

	/** Through files that only hand on: `export * from "./jobs.ts"`. */
	function exportsAsync(file: string, name: string, seen: Set<string>): boolean {
		if (seen.has(file)) return false;
		seen.add(file);
		if (surveys.get(file)?.asyncExports.includes(name) === true) return true;
		const text = project.text(file);
		return [...text.matchAll(/export\s*(?:\*|\{[^}]*\})\s*from\s*["']([^"']+)["']/g)].some(
			([statement, module = ""]) => {
				const next =
					statement.includes("*") || new RegExp(`\\b${name}\\b`).test(statement)
						? resolveImport(project, file, module)
						: undefined;
				return next !== undefined && exportsAsync(next, name, seen);
			},
		);
	}
}
