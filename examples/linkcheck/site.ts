/** Fetches what links lead to: each address once, a few at a time, with a timeout and retries. */
"use structured";

import { CapacityLimiter, retry, type Task, type TaskGroup } from "holdfast";
import { fetch } from "holdfast/fetch";
import { documentKind } from "./files.ts";
import { readHtml } from "./html.ts";
import { readMarkdown } from "./markdown.ts";
import type { Page } from "./page.ts";
import { encodePath, reasonHeader } from "./server.ts";
import { type Broken, explainFailure, mayPass, ServerFault } from "./verdict.ts";

export interface RequestLimits {
	readonly concurrency: number;
	readonly timeout: number;
	readonly retries: number;
}

/** What stands at an address: a page, a file without links or anchors, or nothing. */
export type Resource = { readonly page: Page } | { readonly page: undefined } | Broken;

/** Larger documents are there, but are not read: parsing cannot be interrupted, and Ctrl-C should not wait for it. */
export const largestPage: number = 1.5 * 1024 * 1024;

export class Site {
	readonly #origin: string;
	readonly #limits: RequestLimits;
	readonly #requests: CapacityLimiter;
	readonly #group: TaskGroup;
	/** One task per address, under way or done: whoever else wants it waits for the same one. */
	readonly #tasks = new Map<string, Task<Resource>>();

	/** @param group owns the requests: they may outlive the page that was the first to ask. */
	constructor(origin: string, limits: RequestLimits, group: TaskGroup) {
		this.#origin = origin;
		this.#limits = limits;
		this.#requests = new CapacityLimiter(limits.concurrency);
		this.#group = group;
	}

	async get(path: string): Promise<Resource> {
		let task = this.#tasks.get(path);
		if (task === undefined) {
			task = this.#group.spawn(async () => this.#requests.with(async () => this.#load(path)));
			this.#tasks.set(path, task);
		}
		return await task;
	}

	async #load(path: string): Promise<Resource> {
		const { timeout, retries } = this.#limits;
		try {
			return await retry(async () => this.#request(path), {
				attempts: retries + 1,
				timeout,
				delay: 100,
				maxDelay: 2_000,
				retryIf: mayPass,
			});
		} catch (error) {
			return explainFailure(error, retries + 1);
		}
	}

	async #request(path: string): Promise<Resource> {
		// Only a document's content matters. A folder may turn out to be one.
		const method = documentKind(path) !== undefined || /(?:^|\/)[^.]*$/.test(path) ? "GET" : "HEAD";
		const response = await fetch(this.#origin + encodePath(path), { method });
		if (response.status >= 500) throw new ServerFault(response.status);
		const type = response.headers.get("content-type") ?? "";
		const read = type.startsWith("text/markdown") ? readMarkdown : type.startsWith("text/html") ? readHtml : undefined;
		const tooLarge = Number(response.headers.get("content-length")) > largestPage;
		if (response.ok && read !== undefined && method === "GET" && !tooLarge)
			return { page: read(await response.text()) };
		await response.body?.cancel();
		return response.ok ? { page: undefined } : refusal(response);
	}
}

function refusal(response: Response): Broken {
	const detail = decodeURIComponent(response.headers.get(reasonHeader) ?? "");
	if (response.status === 404) return { reason: "missing file", detail };
	if (response.status === 403) {
		return detail === "outside"
			? { reason: "outside the folder", detail: "through a symbolic link" }
			: { reason: "unreadable", detail };
	}
	return { reason: "HTTP status", detail: `HTTP ${response.status}` };
}
