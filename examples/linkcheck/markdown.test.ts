import { describe, expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";

const targets = (text: string) => readMarkdown(text).links.map(({ target }) => target);
const places = (text: string) =>
	readMarkdown(text).links.map(({ target, line, column }) => `${line}:${column} ${target}`);
const anchors = (text: string) => [...readMarkdown(text).anchors];

describe("links of Markdown", () => {
	it("finds inline links, images, reference links, autolinks and bare URLs", () => {
		const text =
			"[a](a.md) ![b](b.png 'title') [c][ref] [ref] [ref][] <https://d.test/> see https://e.test/x.\n\n[ref]: c.md\n";
		expect(targets(text)).toEqual(["a.md", "b.png", "c.md", "c.md", "c.md", "https://d.test/", "https://e.test/x"]);
	});

	it("finds an image inside of a link, and both targets", () => {
		expect(targets("[![logo](logo.png)](https://a.test)")).toEqual(["https://a.test", "logo.png"]);
	});

	it("finds the links of raw HTML, in blocks and in lines", () => {
		const text = '<p align="center">\n  <img src="logo.png">\n</p>\n\nsee <a href="a.md">a</a>\n';
		expect(targets(text)).toEqual(["logo.png", "a.md"]);
	});

	it("ignores code, comments, front matter and what only looks like a link", () => {
		const text = [
			"---",
			"title: '[x](front.md)'",
			"---",
			"`[x](code.md)`, \\[x](escaped.md), [x] (space.md), [undefined][nowhere]",
			"",
			"    [x](indented.md)",
			"",
			"```md",
			"[x](fenced.md)",
			"```",
			"<!-- [x](comment.md)",
			"",
			"<a href='comment.html'> -->",
		].join("\n");
		expect(targets(text)).toEqual([]);
	});

	it("reads escapes, entities and addresses in angle brackets, and keeps percent signs for later", () => {
		expect(targets("[a](a\\(1\\).md) [b](<b c.md>) [c](c&amp;d.md) [d](d%20e.md)")).toEqual([
			"a(1).md",
			"b c.md",
			"c&d.md",
			"d%20e.md",
		]);
	});

	it("finds links in tables, lists, quotes, headings, emphasis and footnotes", () => {
		const text =
			"# [h](h.md)\n\n- [l](l.md)\n  > **[q](q.md)**\n\n| a |\n| - |\n| [t](t.md) |\n\ntext[^1]\n\n[^1]: note [f](f.md)\n";
		expect(targets(text).sort()).toEqual(["f.md", "h.md", "l.md", "q.md", "t.md"]);
	});

	it("does not take a footnote for a reference definition", () => {
		expect(targets("a[^1]\n\n[^1]: word\n")).toEqual([]);
	});
});

describe("places of links", () => {
	it("count from the file, not from the paragraph", () => {
		expect(places("---\ntitle: x\n---\n\none\ntwo [a](a.md) ![b](b.png)\n<x@y.test> https://c.test\n")).toEqual([
			"6:5 a.md",
			"6:15 b.png",
			"7:1 mailto:x@y.test",
			"7:12 https://c.test",
		]);
	});

	it("hold in lists, quotes and tables", () => {
		expect(
			places(
				"- x\n  - y [a](a.md)\n\n> > z\n> > [b](b.md)\n\n| [c](c.md) | [c](c.md) |\n| --- | --- |\n| x | [d](d.md) |\n",
			),
		).toEqual(["2:7 a.md", "5:5 b.md", "7:3 c.md", "7:15 c.md", "9:7 d.md"]);
	});

	it("hold in raw HTML", () => {
		expect(places('<div>\n <img src="a.png"\n  alt="">\n</div>\n\nx <b><a href="b.md">b</a></b>\n')).toEqual([
			"2:2 a.png",
			"6:6 b.md",
		]);
	});

	it("hold with Windows line ends", () => {
		expect(places("one\r\n\r\ntwo [a](a.md)\r\n")).toEqual(["3:5 a.md"]);
	});
});

describe("anchors of Markdown", () => {
	it("are GitHub's slugs of ATX and setext headings", () => {
		expect(anchors("# Hello, World!\n\nSetext one\n===\n\nTwo\n---\n")).toEqual(["hello-world", "setext-one", "two"]);
	});

	it("number what occurs twice", () => {
		expect(anchors("# A\n# A\n# A-1\n# A\n")).toEqual(["a", "a-1", "a-1-1", "a-2"]);
	});

	it("count the text of links and code, but not that of images and tags", () => {
		expect(anchors("## `code` [link](x.md) *em* ![alt](a.png)<sup>1</sup>")).toEqual(["code-link-em-1"]);
	});

	it("keep the space that an emoji leaves behind, and the name of a shortcode", () => {
		expect(anchors("## 🚀 Start\n## :rocket: Start\n## Ünïcode ß\n## a & b\n")).toEqual([
			"-start",
			"rocket-start",
			"ünïcode-ß",
			"a--b",
		]);
	});

	it("include the ids and names of raw HTML, in lower case", () => {
		expect(anchors('<a name="One"></a>\n\n<div id="two">x</div>\n\ntext <span id=three></span>\n')).toEqual([
			"one",
			"two",
			"three",
		]);
	});

	it("include the slugs of HTML headings, also of those with Markdown inside", () => {
		expect(anchors('<h1 align="center">My Tool</h1>\n\n<h2>\n\n**Part** one\n\n</h2>\n')).toEqual([
			"my-tool",
			"part-one",
		]);
	});
});
