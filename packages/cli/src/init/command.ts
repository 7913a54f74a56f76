import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { asUsageError, UsageError } from "../usage.ts";
import { planInit, type Step } from "./init.ts";

/** What `holdfast init` is asked for. */
export interface InitCommand {
	readonly kind: "init";
	readonly folder: string;
	/** Say what would be done, and do nothing. */
	readonly dryRun: boolean;
}

const words = { write: "wrote", edit: "changed", kept: "kept" } as const;
const trialWords = { write: "would write", edit: "would change", kept: "would keep" } as const;

/**
 * `holdfast init`: sets a project up, without questions. A second call changes nothing.
 *
 * @throws UsageError if there is no such folder
 */
export function init({ folder, dryRun }: InitCommand): void {
	const path = resolve(folder);
	const found = statSync(path, { throwIfNoEntry: false });
	if (found === undefined) throw new UsageError(`${folder} does not exist. Name the folder of a project.`);
	if (!found.isDirectory()) throw new UsageError(`${folder} is no folder. Name the folder of a project.`);
	const { root, steps } = plan(path);
	if (!dryRun) for (const { file, text } of steps) if (text !== undefined) writeFileSync(join(root, file), text);
	process.stdout.write(summary(steps, dryRun));
}

function plan(path: string): { root: string; steps: Step[] } {
	try {
		return planInit(path, ownVersion());
	} catch (error) {
		throw asUsageError(error);
	}
}

function summary(steps: readonly Step[], dryRun: boolean): string {
	const done = steps.filter(({ kind }) => kind !== "told");
	const told = steps.filter(({ kind }) => kind === "told");
	const verb = (kind: Step["kind"]): string => (dryRun ? trialWords : words)[kind as keyof typeof words];
	const width = Math.max(...done.map(({ kind }) => verb(kind).length));
	const lines = done.map(({ kind, file, summary }) => `${verb(kind).padEnd(width)}  ${file}: ${summary}`);
	for (const { file, summary } of told) {
		const [first, ...rest] = summary.split("\n");
		lines.push("", `to do in ${file}: ${first}`, ...rest.map((row) => `  ${row}`));
	}
	const changed = steps.some(({ text }) => text !== undefined);
	const next = steps.some(({ kind, file }) => kind === "edit" && file === "package.json")
		? "npm install, then npx holdfast doctor"
		: "npx holdfast doctor";
	lines.push("", dryRun ? "Nothing was written." : `${changed ? "" : "Nothing had to be changed. "}Next: ${next}`);
	return `${lines.join("\n")}\n`;
}

function ownVersion(): string {
	const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
	return (JSON.parse(manifest) as { version: string }).version;
}
