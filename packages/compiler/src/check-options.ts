import { OptionError } from "./errors.ts";
import { findingRules } from "./findings/rule-names.ts";
import { nearest } from "./nearest.ts";

/** What a value may be: one of some words, or of a kind. */
type Allowed = readonly string[] | "globs" | "boolean" | "path" | "path or false" | "overrides" | "findings";

export const structures = ["function", "scope"] as const;
export const tickOrders = ["default", "native"] as const;
export const findingSwitches = ["on", "off"] as const;

/** The keys of a configuration file. */
const configKeys: Readonly<Record<string, Allowed>> = {
	include: "globs",
	exclude: "globs",
	structure: structures,
	ticks: tickOrders,
	findings: "findings",
	overrides: "overrides",
};

/** The keys of what a plugin or the loader is given. */
const optionKeys: Readonly<Record<string, Allowed>> = { ...configKeys, root: "path", config: "path or false" };

const overrideKeys: Readonly<Record<string, Allowed>> = {
	files: "globs",
	structure: structures,
	ticks: tickOrders,
	native: "boolean",
	findings: "findings",
};

const levelKeys: Readonly<Record<string, Allowed>> = Object.fromEntries(
	Object.keys(findingRules).map((rule) => [rule, ["warn", "off"]]),
);

const descriptions = {
	globs: "a glob or an array of globs",
	boolean: "true or false",
	path: "a path",
	"path or false": "a path or false",
} as const;

/**
 * Checks what a plugin or the loader is given.
 *
 * @throws {OptionError} that names the option, what it may be, and the known name that is most like an unknown one
 */
export function checkOptions(options: unknown): void {
	checkKeys(options, optionKeys, { file: "", path: "", what: "The options" });
}

/**
 * Checks the content of a configuration file, and names the file in errors.
 *
 * @throws {OptionError}
 */
export function checkConfig(config: unknown, file: string): void {
	checkKeys(config, configKeys, { file: `${file}: `, path: "", what: "The configuration" });
}

/** Throws unless `value` is one of `allowed`. */
export function checkValue(name: string, value: unknown, allowed: readonly string[], file = ""): void {
	if (typeof value === "string" && allowed.includes(value)) return;
	const choices = allowed.map((choice) => `"${choice}"`).join(" or ");
	throw new OptionError(`${file}Option "${name}" must be ${choices}, not ${show(value)}.`);
}

interface Place {
	/** Begins every message. */
	readonly file: string;
	/** Stands before the keys: `overrides[0].`. */
	readonly path: string;
	readonly what: string;
}

function checkKeys(value: unknown, keys: Readonly<Record<string, Allowed>>, place: Place): void {
	const { file, path, what } = place;
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new OptionError(`${file}${what} must be an object, not ${show(value)}.`);
	for (const [key, member] of Object.entries(value)) {
		if (!Object.hasOwn(keys, key)) throw unknownKey(key, Object.keys(keys), place);
		if (member !== undefined) checkMember(`${path}${key}`, member, keys[key] as Allowed, file);
	}
}

function checkMember(name: string, value: unknown, allowed: Allowed, file: string): void {
	if (typeof allowed !== "string") checkValue(name, value, allowed, file);
	else if (allowed === "overrides") checkOverrides(value, file);
	else if (allowed === "findings") checkFindings(name, value, file);
	else if (!isOf(allowed, value))
		throw new OptionError(`${file}Option "${name}" must be ${descriptions[allowed]}, not ${show(value)}.`);
}

function isOf(kind: keyof typeof descriptions, value: unknown): boolean {
	if (kind === "boolean") return typeof value === "boolean";
	if (kind === "globs") return typeof value === "string" || (Array.isArray(value) && value.every(isString));
	return typeof value === "string" || (kind === "path or false" && value === false);
}

function isString(value: unknown): boolean {
	return typeof value === "string";
}

function checkFindings(name: string, value: unknown, file: string): void {
	if (typeof value !== "boolean") checkKeys(value, levelKeys, { file, path: `${name}.`, what: `Option "${name}"` });
}

function checkOverrides(value: unknown, file: string): void {
	if (!Array.isArray(value))
		throw new OptionError(`${file}Option "overrides" must be an array of objects, not ${show(value)}.`);
	for (const [index, override] of value.entries()) {
		const name = `overrides[${index}]`;
		checkKeys(override, overrideKeys, { file, path: `${name}.`, what: `Option "${name}"` });
		if ((override as { files?: unknown }).files === undefined)
			throw new OptionError(`${file}Option "${name}" has no "files": it says for which files the rest holds.`);
	}
}

function unknownKey(key: string, names: readonly string[], { file, path }: Place): OptionError {
	if (key === "root" && file !== "")
		return new OptionError(`${file}Unknown option "root": in a configuration file the root is the file's own folder.`);
	const meant = nearest(key, names);
	const suggestion = meant === undefined ? "" : ` Did you mean "${path}${meant}"?`;
	return new OptionError(
		`${file}Unknown option "${path}${key}".${suggestion} The options${path === "" ? "" : " there"} are ${names.join(", ")}.`,
	);
}

function show(value: unknown): string {
	if (typeof value === "string") return `"${value}"`;
	if (typeof value === "function") return "a function";
	if (Array.isArray(value)) return "an array";
	return typeof value === "object" && value !== null ? "an object" : String(value);
}
