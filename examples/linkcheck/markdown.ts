/** Finds the links and the anchors of a Markdown page, as GitHub shows it: CommonMark with tables, footnotes and bare URLs. */
import GithubSlugger, { slug } from "github-slugger";
import { Parser } from "htmlparser2";
import MarkdownIt from "markdown-it";
import footnote from "markdown-it-footnote";
import { addressesOf, anchorsOf } from "./html.ts";
import { detached, Lines, type Link, type Page } from "./page.ts";

const markdown = new MarkdownIt({ html: true, linkify: true }).use(footnote);
// Addresses stay as they were written: what to skip and how to decode is decided in target.ts.
markdown.normalizeLink = (address) => address;
markdown.validateLink = () => true;
// Bare URLs with a scheme are the inline rule's; this one guesses at things like `index.js`.
markdown.core.ruler.disable("linkify");

type Token = ReturnType<typeof markdown.parse>[number];

/** Where in the text of its block a link, an image or a tag stands. */
const offsets = new WeakMap<Token, number>();
markdown.inline.State = class extends markdown.inline.State {
	override push(...args: Parameters<InstanceType<typeof markdown.inline.State>["push"]>): Token {
		const token = super.push(...args);
		if (token.type === "link_open" || token.type === "image" || token.type === "html_inline")
			offsets.set(token, this.pos);
		return token;
	}
};

/** Raw HTML that GitHub shows as text. */
const filtered = /^(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext)$/;
const heading = /^h[1-6]$/;

export function readMarkdown(text: string): Page {
	const reader = new Reader(text);
	reader.read();
	return { kind: "markdown", links: reader.links, anchors: reader.anchors, base: undefined, scripted: false };
}

/** Front matter becomes blank lines, so that everything after it keeps its line. */
function withoutFrontMatter(text: string): string {
	const matter = /^---[ \t]*\n(?:[\s\S]*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text)?.[0] ?? "";
	// A rule, a paragraph and another rule look alike, but no line of them is a YAML key.
	if (!/^[\w"'-]+[ \t]*:/m.test(matter)) return text;
	return "\n".repeat(matter.split("\n").length - 1) + text.slice(matter.length);
}

class Reader {
	readonly links: Link[] = [];
	readonly anchors = new Set<string>();
	readonly #slugger = new GithubSlugger();
	readonly #text: string;
	readonly #lines: readonly string[];
	/** What the open heading says so far; `undefined` outside of headings. */
	#heading: string | undefined;
	/** The line, from 0, on which the block that is being read begins. */
	#line = 0;
	/** The block in which the last link was found. */
	#block = { text: "", lines: new Lines("") };
	/** How far a table row has been read: two cells may hold the same text. */
	#cell = 0;

	constructor(text: string) {
		this.#text = withoutFrontMatter(text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"));
		this.#lines = this.#text.split("\n");
	}

	read(): void {
		for (const token of markdown.parse(this.#text, {})) this.#read(token);
	}

	#read(token: Token): void {
		if (token.map !== null) {
			this.#line = token.map[0];
			this.#cell = 0;
		}
		if (token.type === "heading_open") this.#heading = "";
		if (token.type === "inline") {
			// Only the cells of a table come without lines of their own.
			const cell = token.map === null ? this.#source(0).indexOf(token.content, this.#cell) : -1;
			if (cell >= 0) this.#cell = cell;
			for (const child of token.children ?? []) this.#inline(child, token.content);
			if (cell >= 0) this.#cell += token.content.length;
		}
		if (token.type === "html_block") this.#html(token.content, token.content, 0);
		if (token.type === "heading_close") this.#endHeading();
	}

	#inline(token: Token, block: string): void {
		const offset = offsets.get(token) ?? 0;
		if (token.type === "link_open") {
			// At that moment the parser stands behind "[", or at "<" or at the ":" of a bare URL.
			const target = String(token.attrGet("href"));
			const back = token.markup === "linkify" ? target.indexOf(":") : token.markup === "autolink" ? 0 : 1;
			this.links.push({ target, ...this.#place(block, offset - back) });
		} else if (token.type === "image") {
			this.links.push({ target: String(token.attrGet("src")), ...this.#place(block, offset) });
		} else if (token.type === "html_inline") {
			this.#html(token.content, block, offset);
		} else if (this.#heading !== undefined) {
			this.#heading += token.type === "softbreak" || token.type === "hardbreak" ? "\n" : token.content;
		}
	}

	/** Reads raw HTML that stands at `offset` of `block`. */
	#html(html: string, block: string, offset: number): void {
		const parser = new Parser({
			onopentag: (tag, attributes) => {
				if (filtered.test(tag)) return;
				if (heading.test(tag)) this.#heading = "";
				for (const anchor of anchorsOf(tag, attributes)) this.#anchor(anchor.toLowerCase());
				for (const target of addressesOf(tag, attributes)) {
					this.links.push({ target, ...this.#place(block, offset + parser.startIndex) });
				}
			},
			ontext: (text) => {
				if (this.#heading !== undefined) this.#heading += text;
			},
			onclosetag: (tag, implied) => {
				if (!implied && heading.test(tag)) this.#endHeading(true);
			},
		});
		parser.write(html);
		// A closing tag whose opening one stands in an earlier piece of HTML is not announced.
		if (/<\/h[1-6]\s*>/i.test(html)) this.#endHeading(true);
		parser.reset();
	}

	/** @param loose Raw HTML may be indented; whether GitHub counts that space has changed, so both slugs are accepted. */
	#endHeading(loose = false): void {
		if (this.#heading === undefined) return;
		const text = this.#heading;
		this.#heading = undefined;
		this.#anchor(this.#slugger.slug(loose ? text.trim() : text));
		if (loose) this.#anchor(slug(text));
	}

	#anchor(name: string): void {
		this.anchors.add(detached(name));
	}

	/** The parser has taken quote marks, indents and the like off the lines of a block; this finds them again. */
	#place(block: string, offset: number): { line: number; column: number } {
		if (this.#block.text !== block) this.#block = { text: block, lines: new Lines(block) };
		const { line, column } = this.#block.lines.at(offset);
		const start = offset - column + 1;
		const end = block.indexOf("\n", start);
		const source = this.#source(line - 1);
		let at = source.indexOf(block.slice(start, end < 0 ? undefined : end), this.#cell);
		// Tabs and escaped "|" in cells differ from the source: the start of the line must do.
		if (at < 0) at = Math.max(source.search(/\S/), 0);
		return { line: this.#line + line, column: at + column };
	}

	/** A line, from 0, of the block that is being read, as it stands in the file. */
	#source(line: number): string {
		return this.#lines[this.#line + line] ?? "";
	}
}
