import type { Node } from "../syntax.ts";
import type { Place } from "./place.ts";
import type { FindingRule } from "./rule-names.ts";

/** A change of the text that an editor may offer. */
export interface Suggestion {
	/** What it does, as an imperative. */
	readonly message: string;
	/** What to put instead of the text from `start` to `end`. */
	readonly edits: readonly { readonly start: number; readonly end: number; readonly text: string }[];
}

/** Something that a rule has found. */
export interface Found {
	readonly rule: FindingRule;
	readonly node: Node;
	/** What is wrong, and what to write instead. */
	readonly message: string;
	readonly suggestions?: readonly Suggestion[];
}

/** Takes what a rule has found. */
export type Report = (found: Found) => void;

/** A rule: called for every node of the types that it is listed for, while the file is read. */
export type Rule = (node: Node, place: Place, report: Report) => void;
