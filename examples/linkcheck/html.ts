/** Finds the links and the anchors of an HTML page. */
import { Parser } from "htmlparser2";
import { detached, Lines, type Link, type Page } from "./page.ts";

type Attributes = Readonly<Record<string, string>>;

/** Which attributes hold one address. `srcset` holds several and is read on its own. */
const addresses: Readonly<Record<string, readonly string[]>> = {
	a: ["href"],
	area: ["href"],
	audio: ["src"],
	embed: ["src"],
	frame: ["src"],
	iframe: ["src"],
	img: ["src"],
	link: ["href"],
	object: ["data"],
	script: ["src"],
	source: ["src"],
	track: ["src"],
	video: ["src", "poster"],
};

/** A `<link>` of these kinds names a host to warm up, not a page. */
const hints = /\b(?:preconnect|dns-prefetch)\b/i;

/** Every address that a tag links to. */
export function addressesOf(tag: string, attributes: Attributes): string[] {
	if (tag === "link" && hints.test(attributes.rel ?? "")) return [];
	const found = (addresses[tag] ?? []).flatMap((name) => attributes[name] ?? []);
	const candidates = tag === "img" || tag === "source" ? (attributes.srcset ?? "") : "";
	// A candidate is an address, then perhaps a width or density; commas inside an address do not end it.
	for (const match of candidates.matchAll(/[\s,]*([^\s,]\S*?)(?:,+(?=\s|$)|\s+[^,]*(?:,|$)|$)/g)) found.push(match[1]!);
	// Browsers drop the space around an address, and line breaks and tabs within.
	return found.map((address) => address.trim().replace(/[\t\n\r]/g, ""));
}

/** The names under which a fragment finds a tag. */
export function anchorsOf(tag: string, attributes: Attributes): string[] {
	return [attributes.id ?? "", tag === "a" ? (attributes.name ?? "") : ""].filter((name) => name !== "");
}

export function readHtml(text: string): Page {
	const lines = new Lines(text);
	const links: Link[] = [];
	const anchors = new Set<string>();
	let base: string | undefined;
	let scripted = false;
	// The content of <template> is no part of the page until a script puts it there.
	let templates = 0;
	const parser = new Parser({
		onopentag(tag, attributes) {
			if (tag === "template") templates += 1;
			if (templates > 0) return;
			if (tag === "script") scripted = true;
			if (tag === "base") base ??= attributes.href?.trim();
			for (const anchor of anchorsOf(tag, attributes)) anchors.add(detached(anchor));
			for (const target of addressesOf(tag, attributes)) links.push({ target, ...lines.at(parser.startIndex) });
		},
		onclosetag(tag) {
			if (tag === "template") templates -= 1;
		},
	});
	parser.end(text);
	return { kind: "html", links, anchors, base, scripted };
}
