/** Checks every link of every document below a folder. */
"use structured";

import { forEach, map, withTaskGroup } from "holdfast";
import type { Options } from "./arguments.ts";
import { checkExternal, type ExternalLinks } from "./external.ts";
import { type Document, findDocuments } from "./files.ts";
import { hasAnchor, type Link, type Page } from "./page.ts";
import { number, type Report } from "./report.ts";
import { largestPage, type Resource, Site } from "./site.ts";
import { resolveTarget, type Target } from "./target.ts";
import type { Broken } from "./verdict.ts";

/** Finds out about the links below `folder`, which `origin` serves, and writes the outcome into `report` as it comes. */
export async function checkFolder(folder: string, origin: string, options: Options, report: Report): Promise<void> {
	const external: ExternalLinks = new Map();
	await withTaskGroup(async (requests) => {
		const site = new Site(origin, options, requests);
		const documents = findDocuments(folder, options, (path, why) => report.addUnreadable(path, why));
		await forEach(documents, async (document) => checkDocument(document, site, report, external), {
			concurrency: options.concurrency,
		});
	});
	report.externalLinks = external.size;
	if (options.external) await checkExternal(external, options, report);
}

async function checkDocument(document: Document, site: Site, report: Report, external: ExternalLinks): Promise<void> {
	report.found += 1;
	const own = await site.get(document.path);
	const page = "page" in own ? own.page : undefined;
	if ("reason" in own) report.addUnreadable(document.path, [own.reason, own.detail].filter(Boolean).join(": "));
	else if (page === undefined) report.addUnreadable(document.path, `larger than ${number(largestPage)} bytes`);
	const links = page?.links.splice(0) ?? [];
	const targets = links.map((link) => ({ link, target: resolveTarget(link.target, document, page?.base) }));
	// Ask for everything first, so that the requests of one page run side by side.
	const paths = new Set(targets.flatMap(({ target }) => (target.kind === "local" ? [target.path] : [])));
	const resources = new Map(await map(paths, async (path) => [path, await site.get(path)] as const));
	for (const { link, target } of targets) {
		if (target.kind === "external") {
			const places = external.get(target.url) ?? [];
			external.set(target.url, places);
			places.push({ file: document.path, link });
			continue;
		}
		report.count(target.kind);
		const broken = judge(link, target, target.kind === "local" ? resources.get(target.path) : undefined);
		if (broken) report.add({ file: document.path, ...link, ...broken });
	}
	report.read += 1;
}

function judge(link: Link, target: Target, resource: Resource | undefined): Broken | undefined {
	if (target.kind === "outside") return { reason: "outside the folder", detail: "" };
	if (target.kind !== "local" || resource === undefined) return undefined;
	if ("reason" in resource) {
		// What "/" stands for is our choice, so say where we looked.
		const choice = resource.reason === "missing file" && resource.detail === "" && link.target.startsWith("/");
		return choice ? { ...resource, detail: `looked for ${target.path}` } : resource;
	}
	if (resource.page === undefined || leadsSomewhere(resource.page, target)) return undefined;
	return { reason: "missing anchor", detail: "" };
}

function leadsSomewhere(page: Page, { path, fragment }: { path: string; fragment: string }): boolean {
	if (hasAnchor(page, fragment)) return true;
	// GitHub shows a folder's README in an element of this name.
	if (page.kind === "markdown") return fragment === "readme" && /(?:^|\/)(?:readme\.[^/]*)?$/i.test(path);
	// A route of a page that runs in the browser: only its scripts know.
	return page.scripted && /^[!/]/.test(fragment);
}
