/** What a document says that matters to links, and how the two readers (Markdown, HTML) write it down. */

/** A link as its author wrote it, entities and escapes resolved. Lines and columns count from 1. */
export interface Link {
	readonly target: string;
	readonly line: number;
	readonly column: number;
}

export interface Page {
	readonly kind: "markdown" | "html";
	/** Emptied once they have been checked: what is kept of a page is its anchors. */
	readonly links: Link[];
	/** Of a Markdown page in lower case: GitHub finds headings whatever the case of the fragment. */
	readonly anchors: ReadonlySet<string>;
	/** The `href` of `<base>`, which moves every relative link of an HTML page. */
	readonly base: string | undefined;
	/** Whether scripts run in the page. They may make anchors that the source does not show. */
	readonly scripted: boolean;
}

/**
 * Whether `fragment` (without `#`, as written) leads somewhere in `page`.
 * `anchor` is tried as written and percent-decoded, in this order, as the HTML standard says.
 */
export function hasAnchor(page: Page, fragment: string): boolean {
	return [fragment, decodeFragment(fragment)].some((anchor) => {
		const name = page.kind === "markdown" ? anchor.toLowerCase().replace(/^user-content-/, "") : anchor;
		// "#" and "#top" are the top of every page; ":~:" introduces a text fragment, which never fails.
		return name === "" || name.toLowerCase() === "top" || name.includes(":~:") || page.anchors.has(name);
	});
}

function decodeFragment(fragment: string): string {
	try {
		return decodeURIComponent(fragment);
	} catch {
		return fragment;
	}
}

/** A copy that shares no memory with the text that `part` was cut from; engines keep the whole of it otherwise. */
export function detached(part: string): string {
	return Buffer.from(part).toString();
}

/** Turns offsets into lines and columns. */
export class Lines {
	readonly #starts: number[] = [0];

	constructor(text: string) {
		for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
	}

	at(offset: number): { line: number; column: number } {
		let low = 0;
		let high = this.#starts.length;
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			if (this.#starts[middle]! <= offset) low = middle;
			else high = middle;
		}
		return { line: low + 1, column: offset - this.#starts[low]! + 1 };
	}
}
