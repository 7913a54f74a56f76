/** Looks at every page of a site: `holdfast run examples/crawl/main.ts http://localhost:8080/`. */
"use structured";

import { parseArgs } from "node:util";
import { fetchOk, HttpStatusError, isTransient } from "@holdfast/node";
import { CapacityLimiter, moveOnAfter, retry, type TaskGroup, TimeoutError, withTaskGroup } from "holdfast";
import { Parser } from "htmlparser2";

const usage = "usage: crawl http://host/ [--concurrency 8] [--deadline 60000] [--timeout 10000] [--pages 1000]\n";
/** Longer pages are read no further. In bytes. */
const longest = 4 * 1024 * 1024;

/** @returns the exit code. */
export default async function main(args: string[]): Promise<number> {
	const { positionals, values } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			concurrency: { type: "string", default: "8" },
			deadline: { type: "string", default: "60000" },
			timeout: { type: "string", default: "10000" },
			pages: { type: "string", default: "1000" },
		},
	});
	const start = parse(positionals[0] ?? "");
	if (start === null || !/^https?:$/.test(start.protocol)) {
		process.stderr.write(usage);
		return 2;
	}
	const crawl = new Crawl(start, Number(values.concurrency), Number(values.timeout), Number(values.pages));
	try {
		await moveOnAfter(Number(values.deadline), () => crawl.run());
	} finally {
		// Ctrl-C and the deadline come this way, too.
		const { seen, looked, failed } = crawl;
		console.log(`${looked} pages, ${failed} of them broken; ${seen.size - looked} not looked at`);
	}
	return crawl.failed > 0 ? 1 : 0;
}

class Crawl {
	/** The addresses that are looked at, or will be: each of them once. */
	readonly seen: Set<string> = new Set();
	looked = 0;
	failed = 0;
	readonly #start: URL;
	readonly #timeout: number;
	readonly #pages: number;
	readonly #requests: CapacityLimiter;

	constructor(start: URL, concurrency: number, timeout: number, pages: number) {
		this.#start = start;
		this.#timeout = timeout;
		this.#pages = pages;
		this.#requests = new CapacityLimiter(concurrency);
	}

	/** One task per page. A page's task starts those of its links: when none is left, the site has been seen. */
	async run(): Promise<void> {
		await withTaskGroup(async (group) => this.#add(this.#start, group));
	}

	#add(url: URL, group: TaskGroup): void {
		url.hash = "";
		if (url.host !== this.#start.host || !/^https?:$/.test(url.protocol)) return;
		if (this.seen.has(url.href) || this.seen.size >= this.#pages) return;
		this.seen.add(url.href);
		group.spawn(async () => {
			const links = await this.#requests.with(async () => this.#look(url));
			for (const link of links) this.#add(link, group);
		});
	}

	/** Gives the links of a page. What is wrong with one page ends nothing else. */
	async #look(url: URL): Promise<URL[]> {
		let links: URL[] = [];
		let outcome = "200";
		try {
			const timeout = this.#timeout;
			links = await retry(() => load(url), { attempts: 3, delay: 100, jitter: 0.5, timeout, retryIf: isTransient });
		} catch (error) {
			const [location, status] = error instanceof HttpStatusError ? [error.headers.get("location"), error.status] : [];
			outcome = status === undefined ? reasonOf(error) : String(status);
			const target = location ? parse(location, url) : null;
			// Where a redirect leads is a link like others: it may leave the host.
			if (target !== null && status !== undefined && status < 400) links = [target];
			else this.failed += 1;
		}
		this.looked += 1;
		console.log(`${outcome} ${url.href}`);
		return links;
	}
}

/** Both, the answer and its body, are within the time limit of the attempt. */
async function load(url: URL): Promise<URL[]> {
	const response = await fetchOk(url, { redirect: "manual" });
	const { body } = response;
	if (body === null) return [];
	const links: URL[] = [];
	let base = url;
	const parser = new Parser({
		onopentag(name, { href }) {
			const target = href === undefined ? null : parse(href, base);
			if (target !== null && name === "base") base = target;
			else if (target !== null && name === "a") links.push(target);
		},
	});
	// Left early, or by cancellation, the loop cancels the body: the rest is not sent.
	let length = 0;
	const decoder = new TextDecoder();
	for await (const chunk of body) {
		if (!response.headers.get("content-type")?.startsWith("text/html") || (length += chunk.length) > longest) break;
		parser.write(decoder.decode(chunk, { stream: true }));
	}
	parser.end();
	return links;
}

function parse(address: string, base?: URL): URL | null {
	return URL.canParse(address, base) ? new URL(address, base) : null;
}

function reasonOf(error: unknown): string {
	if (error instanceof TimeoutError) return "timeout";
	const { cause = error } = error as Error;
	return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : String(cause);
}
