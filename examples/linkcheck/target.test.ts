import { describe, expect, it } from "vitest";
import { resolveTarget } from "./target.ts";

const document = { path: "a/docs/guide.md", project: "a" };
const local = (path: string, fragment = "") => ({ kind: "local", path, fragment });

describe("a link", () => {
	it("starts from the folder of its document", () => {
		expect(resolveTarget("x.md", document)).toEqual(local("a/docs/x.md"));
		expect(resolveTarget("./x/../y.md", document)).toEqual(local("a/docs/y.md"));
		expect(resolveTarget("../", document)).toEqual(local("a/"));
		expect(resolveTarget(".", document)).toEqual(local("a/docs/"));
		expect(resolveTarget("../../", document)).toEqual(local(""));
	});

	it("without a path means its own document", () => {
		expect(resolveTarget("#part", document)).toEqual(local("a/docs/guide.md", "part"));
		expect(resolveTarget("", document)).toEqual(local("a/docs/guide.md"));
		expect(resolveTarget("?raw#part", document)).toEqual(local("a/docs/guide.md", "part"));
	});

	it("that begins with a slash starts from the project", () => {
		expect(resolveTarget("/x.md", document)).toEqual(local("a/x.md"));
		expect(resolveTarget("/x.md", { path: "guide.md", project: "" })).toEqual(local("x.md"));
	});

	it("loses its query and keeps its fragment", () => {
		expect(resolveTarget("x.md?raw=1#a?b#c", document)).toEqual(local("a/docs/x.md", "a?b#c"));
	});

	it("is percent-decoded, but not where that makes no sense", () => {
		expect(resolveTarget("x%20y%C3%A9.md", document)).toEqual(local("a/docs/x yé.md"));
		expect(resolveTarget("100%.md", document)).toEqual(local("a/docs/100%.md"));
		expect(resolveTarget("%ff.md", document)).toEqual(local("a/docs/%ff.md"));
	});

	it("that climbs out of the folder is outside, however it is spelled", () => {
		for (const link of [
			"../../../x.md",
			"../../..",
			"%2e%2e/../../x.md",
			"..%2f..%2f..%2fetc/passwd",
			"x/../../../../y.md",
		]) {
			expect(resolveTarget(link, document), link).toEqual({ kind: "outside" });
		}
	});

	it("to another host is external, without its fragment", () => {
		expect(resolveTarget("https://X.test/a#b", document)).toEqual({ kind: "external", url: "https://x.test/a" });
		expect(resolveTarget("//x.test/a", document)).toEqual({ kind: "external", url: "https://x.test/a" });
	});

	it("of another scheme, to no valid host, or in a template is skipped", () => {
		for (const link of [
			"mailto:a@b.test",
			"data:text/plain,x",
			"javascript:void 0",
			"tel:1",
			"https://",
			"{{ url }}",
			"<%= x %>",
			"\x24{x}/a.md",
		]) {
			expect(resolveTarget(link, document), link).toEqual({ kind: "skipped" });
		}
	});

	it("follows the page's base", () => {
		expect(resolveTarget("x.html", document, "sub/")).toEqual(local("a/docs/sub/x.html"));
		expect(resolveTarget("x.html", document, "/")).toEqual(local("a/x.html"));
		expect(resolveTarget("#part", document, "sub/page.html")).toEqual(local("a/docs/sub/page.html", "part"));
		expect(resolveTarget("x.html", document, "https://x.test/y/")).toEqual({
			kind: "external",
			url: "https://x.test/y/x.html",
		});
		expect(resolveTarget("x.html", document, "{{ base }}")).toEqual({ kind: "skipped" });
	});
});
