/** Works out where a link leads, without touching file or network. */
import type { Document } from "./files.ts";

export type Target =
	/** A path below the folder and the fragment, without "#". The path is decoded, the fragment is not. */
	| { readonly kind: "local"; readonly path: string; readonly fragment: string }
	/** The link climbs out of the folder. */
	| { readonly kind: "outside" }
	| { readonly kind: "external"; readonly url: string }
	/** Nothing to check: another scheme (`mailto:`, `data:` …), or the placeholder of a template. */
	| { readonly kind: "skipped" };

const scheme = /^[a-z][a-z0-9+.-]*:/i;
const web = /^https?:/i;
const placeholder = /\{\{|\{%|<%|\$\{|%[A-Z_]+%/;

/**
 * @param base the `href` of the page's `<base>`, which relative links start from.
 */
export function resolveTarget(link: string, document: Document, base?: string): Target {
	if (placeholder.test(link) || (base !== undefined && placeholder.test(base))) return { kind: "skipped" };
	if (web.test(link)) return external(link);
	if (scheme.test(link)) return { kind: "skipped" };
	if (link.startsWith("//")) return external(`https:${link}`);

	let start = document.path;
	if (base !== undefined && base !== "") {
		const from = resolveTarget(base, document);
		if (from.kind === "external") return external(new URL(link, from.url).href);
		if (from.kind !== "local") return from;
		start = from.path;
	}
	const { path, fragment } = split(link);
	// An address without a path means the page itself, or what <base> names in its stead.
	if (path === "") return { kind: "local", path: start, fragment };
	const joined = join(path.startsWith("/") ? `${document.project}/` : start, decode(path));
	return joined === undefined ? { kind: "outside" } : { kind: "local", path: joined, fragment };
}

function external(address: string): Target {
	if (!URL.canParse(address)) return { kind: "skipped" };
	const url = new URL(address);
	url.hash = "";
	return { kind: "external", url: url.href };
}

function split(link: string): { path: string; fragment: string } {
	const hash = link.indexOf("#");
	const address = hash < 0 ? link : link.slice(0, hash);
	return { path: address.replace(/\?.*$/s, ""), fragment: hash < 0 ? "" : link.slice(hash + 1) };
}

/** Percent signs that encode nothing stay as they are, as in browsers. */
function decode(path: string): string {
	return path.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
		try {
			return decodeURIComponent(encoded);
		} catch {
			return encoded;
		}
	});
}

/** Joins `path` to the folder of `start`; `undefined` if it climbs out of the top. A slash at the end stays. */
function join(start: string, path: string): string | undefined {
	const segments = start
		.split("/")
		.slice(0, -1)
		.filter((segment) => segment !== "");
	const parts = path.split("/");
	for (const part of parts) {
		if (part === "..") {
			if (segments.pop() === undefined) return undefined;
		} else if (part !== "" && part !== ".") segments.push(part);
	}
	const isFolder = ["", ".", ".."].includes(parts.at(-1) ?? "");
	return segments.join("/") + (isFolder && segments.length > 0 ? "/" : "");
}
