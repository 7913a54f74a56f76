import { describe, expect, it } from "vitest";
import { readHtml } from "./html.ts";

const targets = (text: string) => readHtml(text).links.map(({ target }) => target);

describe("links of HTML", () => {
	it("finds every attribute that holds an address", () => {
		const text = `<link rel=stylesheet href=a.css><link rel="preconnect" href="https://x.test"><script src="b.js"></script>
			<a href="c.html">c</a><map><area href='d.html'></map><img src=e.png><iframe src=f.html></iframe><video src=g.mp4 poster=h.png></video>
			<object data=i.swf></object><audio><source src=j.ogg><track src=k.vtt></audio>`;
		expect(targets(text)).toEqual([
			"a.css",
			"b.js",
			"c.html",
			"d.html",
			"e.png",
			"f.html",
			"g.mp4",
			"h.png",
			"i.swf",
			"j.ogg",
			"k.vtt",
		]);
	});

	it("finds each candidate of a srcset", () => {
		const candidates = (srcset: string) => targets(`<img srcset="${srcset}">`);
		expect(candidates("a.png, b.png 2x,\n c,d.png 3x")).toEqual(["a.png", "b.png", "c,d.png"]);
		expect(candidates("a.png 100w,b.png 200w")).toEqual(["a.png", "b.png"]);
		expect(candidates("data:image/png;base64,AA== 1x, a.png")).toEqual(["data:image/png;base64,AA==", "a.png"]);
		expect(candidates(" ")).toEqual([]);
	});

	it("reads entities and drops the space around an address", () => {
		expect(targets('<a href=" a.html?x=1&amp;y=2 ">a</a><a href="b\n.html">b</a>')).toEqual([
			"a.html?x=1&y=2",
			"b.html",
		]);
	});

	it("ignores comments, scripts, text and templates", () => {
		const text = `<!-- <a href="a"> --><script>"<a href='b'>"</script><textarea><a href="c"></textarea><template><a href="d"></template>`;
		expect(targets(text)).toEqual([]);
	});

	it("says where a link stands", () => {
		expect(readHtml('<p>\n  <a href="a.html">a</a>\n').links).toEqual([{ target: "a.html", line: 2, column: 3 }]);
	});
});

describe("anchors of HTML", () => {
	it("are ids, and the names of <a>", () => {
		expect([...readHtml('<h1 id="One">x</h1><a name=two></a><input name=three><p id="">').anchors]).toEqual([
			"One",
			"two",
		]);
	});

	it("come with the page's base and whether scripts run", () => {
		expect(readHtml("<base href=docs/><base href=other/>")).toMatchObject({ base: "docs/", scripted: false });
		expect(readHtml("<script></script>")).toMatchObject({ base: undefined, scripted: true });
	});
});
