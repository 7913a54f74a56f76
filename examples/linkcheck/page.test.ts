import { describe, expect, it } from "vitest";
import { readHtml } from "./html.ts";
import { readMarkdown } from "./markdown.ts";
import { hasAnchor } from "./page.ts";

describe("a fragment", () => {
	it("finds a Markdown heading whatever its case, encoded or not, with or without GitHub's prefix", () => {
		const page = readMarkdown("# Größe der Datei\n");
		for (const fragment of [
			"größe-der-datei",
			"Größe-der-Datei",
			"gr%C3%B6%C3%9Fe-der-datei",
			"user-content-größe-der-datei",
		]) {
			expect(hasAnchor(page, fragment), fragment).toBe(true);
		}
		expect(hasAnchor(page, "größe")).toBe(false);
	});

	it("finds an HTML id in its exact case only, as written or decoded", () => {
		const page = readHtml('<p id="One"></p><p id="a b"></p><p id="50%"></p><p id="x%20y"></p>');
		for (const fragment of ["One", "a%20b", "50%", "x%20y"]) expect(hasAnchor(page, fragment), fragment).toBe(true);
		for (const fragment of ["one", "a+b"]) expect(hasAnchor(page, fragment), fragment).toBe(false);
	});

	it("that means the top of the page, or a passage of text, is always there", () => {
		for (const page of [readHtml(""), readMarkdown("")]) {
			for (const fragment of ["", "top", "TOP", ":~:text=word"]) expect(hasAnchor(page, fragment), fragment).toBe(true);
		}
	});
});
