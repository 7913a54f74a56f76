import { type CompilerOptions, loadOptions, type ResolvedOptions } from "@holdfast/compiler";
import type { Finding, Tool } from "./diagnosis.ts";

/** What the tools of a project make of its options. */
export interface Settings {
	/** Those of the first tool that compiles, or of the configuration file alone. `undefined`: they are wrong. */
	readonly options: ResolvedOptions | undefined;
	readonly findings: Finding[];
}

/** Reads the options as each tool would, and tells where these differ. */
export function readSettings(root: string, tools: readonly Tool[], environment: NodeJS.ProcessEnv): Settings {
	const findings: Finding[] = [];
	const load = (given: CompilerOptions, where?: string): ResolvedOptions | undefined => {
		try {
			return loadOptions(given, environment, root);
		} catch (error) {
			const { message } = error as Error;
			// The file is as wrong for one tool as for the other.
			if (findings.every((finding) => !finding.message.endsWith(message)))
				findings.push({
					code: "configuration-wrong",
					level: "problem",
					message:
						where === undefined || !/^(?:Option|Unknown option|The options)/.test(message)
							? message
							: `${where}: ${message}`,
				});
			return undefined;
		}
	};
	const seen = new Map<string, { tool: Tool; options: ResolvedOptions }>();
	for (const tool of tools) {
		if (tool.face === undefined) continue;
		const options = load({ ...tool.options, root: (tool.options?.root as string | undefined) ?? root }, tool.where);
		if (options !== undefined) seen.set(tool.where, { tool, options });
		if (tool.options !== undefined && Object.keys(tool.options).length > 0)
			findings.push({
				code: "options-in-plugin",
				level: "note",
				message: `${tool.where} gives the plugin options of its own (${Object.keys(tool.options).join(", ")}): no other tool has them.`,
				mend: "Move them into holdfast.config.ts, which all tools read.",
			});
	}
	const differing = differences([...seen.values()]);
	if (differing !== undefined) findings.push(differing);
	const first =
		[...seen.values()].find(({ tool }) => tool.name !== "Vitest" && tool.name !== "Jest") ?? [...seen.values()][0];
	return { options: first?.options ?? load({}), findings };
}

function differences(tools: readonly { tool: Tool; options: ResolvedOptions }[]): Finding | undefined {
	const described = tools.map(({ tool, options: { structure, ticks } }) => ({
		tool,
		settings: `structure: "${structure}"${ticks === "native" ? ', ticks: "native"' : ""}`,
	}));
	if (new Set(described.map(({ settings }) => settings)).size < 2) return undefined;
	const list = described.map(({ tool, settings }) => `${tool.where} (${settings})`).join(", ");
	return {
		code: "tools-differ",
		level: "problem",
		message: `The same functions are compiled differently: by ${list}.`,
		mend: "Move the options of the plugins into holdfast.config.ts, which all tools read.",
	};
}
