/** Gathers what was found out, and writes it down for people or for programs. */
import { groupBy } from "./groups.ts";
import { type Finding, reasons } from "./verdict.ts";

export class Report {
	readonly folder: string;
	/** Documents found, and documents of which every local link has been checked. */
	found = 0;
	read = 0;
	/** Links below the folder, and links that are none of our business. */
	localLinks = 0;
	skippedLinks = 0;
	/** Distinct addresses of other hosts; how many were tried; and how many of those are private. */
	externalLinks = 0;
	externalTried = 0;
	externalSkipped = 0;
	/** Whether the work was done to its end. */
	complete = false;
	readonly #findings: Finding[] = [];
	readonly #unreadable: { readonly path: string; readonly why: string }[] = [];
	readonly #start = performance.now();

	constructor(folder: string) {
		this.folder = folder;
	}

	get broken(): number {
		return this.#findings.length;
	}

	get seconds(): number {
		return (performance.now() - this.#start) / 1000;
	}

	count(kind: "local" | "outside" | "skipped"): void {
		if (kind === "skipped") this.skippedLinks += 1;
		else this.localLinks += 1;
	}

	add(finding: Finding): void {
		this.#findings.push(finding);
	}

	/** A folder or document that could not be read. No finding: nobody links to it. */
	addUnreadable(path: string, why: string): void {
		this.#unreadable.push({ path, why });
	}

	/** The findings, in the order of files and lines. */
	findings(): Finding[] {
		return this.#findings.sort(
			(one, other) => compare(one.file, other.file) || one.line - other.line || one.column - other.column,
		);
	}

	toJson(): string {
		const { folder, complete, found, read, localLinks, skippedLinks, externalLinks, externalTried, externalSkipped } =
			this;
		const links = { local: localLinks, skipped: skippedLinks, external: externalLinks, externalTried, externalSkipped };
		const findings = this.findings();
		const unreadable = this.#unreadable;
		return `${JSON.stringify({ folder, complete, seconds: this.seconds, files: { found, read }, links, findings, unreadable }, undefined, "\t")}\n`;
	}

	toText(): string {
		return [...this.#sections(), ...this.#summary()].join("\n").concat("\n");
	}

	*#sections(): Generator<string> {
		for (const [file, findings] of groupBy(this.findings(), ({ file }) => file)) {
			yield printable(file);
			const places = findings.map(({ line, column }) => `${line}:${column}`);
			const width = Math.max(...places.map((place) => place.length));
			for (const [index, { target, reason, detail }] of findings.entries()) {
				const why = detail === "" ? reason : `${reason} (${detail})`;
				yield `  ${places[index]!.padEnd(width)}  ${printable(target)}  ${why}`;
			}
			yield "";
		}
		for (const { path, why } of this.#unreadable) yield `could not read ${printable(path)}: ${why}`;
		if (this.#unreadable.length > 0) yield "";
	}

	*#summary(): Generator<string> {
		const byReason = groupBy(this.#findings, ({ reason }) => reason);
		for (const reason of reasons) {
			const count = byReason.get(reason)?.length ?? 0;
			if (count > 0) yield `${number(count).padStart(8)}  ${reason}`;
		}
		if (this.broken > 0) yield "";
		const rest = [`${number(this.skippedLinks)} of other kinds skipped`];
		if (this.externalTried > 0)
			rest.push(
				`${number(this.externalTried)} addresses of other hosts tried, of which ${number(this.externalSkipped)} private`,
			);
		else rest.push(`${number(this.externalLinks)} addresses of other hosts not tried`);
		yield `${number(this.localLinks)} links in ${number(this.read)} files of ${printable(this.folder)}; ${rest.join("; ")}`;
		const outcome = `${this.broken === 0 ? "none" : number(this.broken)} broken, ${this.seconds.toFixed(1)} s`;
		yield this.complete ? outcome : `interrupted: the report is partial; ${outcome}`;
	}
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}

export function number(value: number): string {
	return value.toLocaleString("en");
}

/** Names come from files nobody here wrote: what could steer the terminal is shown, not sent. */
function printable(text: string): string {
	return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
