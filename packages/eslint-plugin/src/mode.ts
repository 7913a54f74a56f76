import { dirname, isAbsolute } from "node:path";
import { loadOptions, type ResolvedOptions } from "@holdfast/compiler";
import type { Mode } from "@holdfast/compiler/findings";
import type { Rule } from "eslint";

/** What `settings.holdfast` of the linter's configuration may hold. It wins over the configuration of the project. */
interface Settings {
	/** Owner of bare calls where no directive says otherwise. */
	readonly structure?: unknown;
	/** The files are not compiled. */
	readonly native?: unknown;
}

const loaded: Map<string, ResolvedOptions> = /* @__PURE__ */ new Map();

/**
 * How a file is compiled: what the linter's settings say, else the project's own configuration, else `"scope"`.
 *
 * @throws {TypeError} for settings that do not exist
 * @throws {OptionError} if the project's configuration is wrong
 */
export function modeOf(context: Rule.RuleContext): Mode {
	const { structure, native } = checked(context.settings.holdfast);
	if (native === true) return "native";
	if (structure === "function" || structure === "scope") return structure;
	const { physicalFilename: path, cwd } = context;
	const directory = isAbsolute(path) ? dirname(path) : cwd;
	let options = loaded.get(directory);
	if (options === undefined) loaded.set(directory, (options = loadOptions({}, process.env, directory)));
	const settings = options.settings(path);
	return settings.native || !options.includes(path) ? "native" : settings.structure;
}

function checked(value: unknown): Settings {
	if (value === undefined) return {};
	if (typeof value !== "object" || value === null) throw new TypeError("settings.holdfast must be an object.");
	const { structure, native, ...others } = value as Settings;
	if (structure !== undefined && structure !== "function" && structure !== "scope")
		throw new TypeError('settings.holdfast.structure must be "function" or "scope".');
	if (native !== undefined && typeof native !== "boolean")
		throw new TypeError("settings.holdfast.native must be true or false.");
	const [unknown] = Object.keys(others);
	if (unknown !== undefined)
		throw new TypeError(`Unknown setting "${unknown}" in settings.holdfast. The settings are structure, native.`);
	return { structure, native };
}
