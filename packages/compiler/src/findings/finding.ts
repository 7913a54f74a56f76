import type { Diagnostic } from "../diagnostics.ts";
import { Positions } from "../positions.ts";
import type { Node } from "../syntax.ts";
import type { Found } from "./found.ts";
import { Inspector } from "./inspector.ts";
import { type Source, spanOf } from "./place.ts";
import { type FindingRule, findingCode, findingPage } from "./rule-names.ts";

/** Something in a file that is most likely a mistake. */
export interface Finding extends Diagnostic {
	/** The rule, as `// holdfast-ignore RULE -- reason` and the option `findings` name it. */
	readonly rule: FindingRule;
	/** Where the rule is documented. */
	readonly page: string;
}

/** What is reported of each rule: `"warn"`, which is the default, or `"off"`. */
export type FindingLevels = Readonly<Partial<Record<FindingRule, "warn" | "off">>>;

/** Gathers the findings of a file while somebody else reads its tree. */
export class FindingCollector {
	#inspector: Inspector | undefined;
	readonly #source: Source;
	readonly #levels: FindingLevels;

	constructor(source: Source, levels: FindingLevels) {
		this.#source = source;
		this.#levels = levels;
	}

	/** Begins, with the path that the reader keeps. */
	watch(path: readonly Node[]): Inspector {
		this.#inspector = new Inspector(this.#source, path);
		return this.#inspector;
	}

	/** What has been found, in the order of the text. */
	finish(): Finding[] {
		let positions: Positions | undefined;
		const known = (): Positions => {
			positions ??= new Positions(this.#source.text);
			return positions;
		};
		const found = this.#inspector?.finish((offset) => known().lineIndex(offset)) ?? [];
		return found.filter(({ rule }) => this.#levels[rule] !== "off").map((each) => describe(each, known()));
	}
}

function describe({ rule, node, message }: Found, positions: Positions): Finding {
	const place = positions.at(spanOf(node)[0]);
	return { code: findingCode(rule), message, ...place, severity: "warning", rule, page: findingPage(rule) };
}
