// Runs suites in pages of a headless Chromium.
import { launch, serve, withPage } from "./browser.mjs";
import { buildCompiled } from "./bundles.mjs";

const loading = `
	const programs = await fetch("/programs.json");
	globalThis.holdfastPrograms = { transforms: (await programs.json()).transforms };
	const { suite } = await import("/suite.mjs");`;

/** The suite in the page itself: `holdfastRun(index)` gives a result, `holdfastSuite` what there is to run. */
const page = `<!doctype html><title>suite</title><script type="module">
	globalThis.holdfastSuite = (async () => { ${loading}
		globalThis.holdfastRun = (index) => suite.run(index);
		return { ids: suite.ids, broken: suite.broken };
	})();
</script>`;

/** The suite in a dedicated worker, which may be put to sleep. */
const workerPage = `<!doctype html><title>suite</title><script type="module">
	const worker = new Worker("/worker.mjs", { type: "module" });
	const answers = [];
	worker.onmessage = ({ data }) => answers.shift().resolve(data);
	worker.onerror = ({ message }) => answers.shift()?.reject(new Error(message));
	globalThis.holdfastRun = (index) => new Promise((resolve, reject) => {
		answers.push({ resolve, reject });
		worker.postMessage(index);
	});
	globalThis.holdfastSuite = holdfastRun(-1);
</script>`;

const worker = `
	const suite = (async () => { ${loading} return suite; })();
	onmessage = async ({ data }) => {
		const { ids, broken } = await suite;
		postMessage(data < 0 ? { ids, broken } : await (await suite).run(data));
	};`;

/** Gives `{ ids, broken, results }`. */
export async function runOnChromium(program, bundle, programs, only, options) {
	const server = await serve({
		"/": { text: options.worker ? workerPage : page },
		"/worker.mjs": { text: worker },
		"/suite.mjs": { file: bundle },
		"/programs.json": { file: programs },
	});
	const browser = await launch(program);
	try {
		return await withPage(browser, `${server.url}/`, async ({ evaluate }) => {
			const { ids, broken } = await evaluate(once("holdfastSuite"));
			const results = [];
			for (const [index, id] of ids.entries()) {
				if (only !== undefined && !id.includes(only)) continue;
				const started = performance.now();
				try {
					const result = await evaluate(`holdfastRun(${index})`);
					results.push({ ...result, milliseconds: Math.round(performance.now() - started) });
				} catch (error) {
					results.push({ id, outcome: "failed", message: error.message });
				}
			}
			return { ids, broken, results };
		});
	} finally {
		await browser.stop();
		server.stop();
	}
}

/** Waits for a global that a module of the page sets, and then for what it holds. */
const once = (name) =>
	`(async () => { while (!globalThis.${name}) await new Promise((go) => setTimeout(go, 5)); return await ${name}; })()`;

/** What the page's listeners hear of each program of `portable/page.ts`, and the console of all of them. */
const expected = {
	unobserved: { outcome: "threw Error: unobserved", heard: ["before: Error: unobserved"] },
	derived: { outcome: "threw Error: derived", heard: ["before: Error: derived"] },
	observed: { outcome: "gave undefined" },
	"observed by foreign code in the same turn": { outcome: "gave undefined" },
	cancelled: {
		outcome: "gave undefined",
		heard: [
			"before: TaskCancelledError: The task forever was cancelled: The scope was cancelled: its deadline has passed.",
		],
	},
	"failed in a group": { outcome: "threw Error: grouped" },
	"rejected after its wait was cancelled": {
		outcome: "gave undefined",
		reports: ["late-rejection: Error: late"],
	},
	foreign: { outcome: "gave undefined", heard: ["before: Error: nobody's", "after: Error: nobody's"] },
};

/** Failures that an owner has taken reach neither console nor later listeners; gives `{ ids, broken, results }`. */
export async function checkPage(program) {
	const server = await serve({
		"/": { text: '<!doctype html><title>page</title><script type="module" src="/page.mjs"></script>' },
		"/page.mjs": { file: await buildCompiled("page", { browser: true }) },
	});
	const browser = await launch(program);
	try {
		return await withPage(browser, `${server.url}/`, async ({ evaluate, events }) => {
			const found = await evaluate(once("pageResult"));
			const results = Object.entries(expected).map(([name, { outcome, reports = [], heard = [] }]) => {
				const [left, right] = [{ outcome, reports, heard }, found[name]].map((it) => JSON.stringify(it));
				const id = `what a page hears of a task that is ${name}`;
				if (left === right) return { id, outcome: "passed" };
				return { id, outcome: "failed", message: `expected ${left}\ngot ${right}` };
			});
			const printed = events.map(({ method, params }) => {
				const { exceptionDetails, entry, args } = params;
				const text = exceptionDetails?.exception?.description ?? entry?.text ?? args?.map((it) => it.value).join(" ");
				return `${method}: ${text?.split("\n")[0]}`;
			});
			const id = "nothing is printed to the console but the rejection that was nobody's";
			if (printed.length === 1 && printed[0] === "Runtime.exceptionThrown: Error: nobody's")
				results.push({ id, outcome: "passed" });
			else results.push({ id, outcome: "failed", message: printed.join("\n") || "nothing was printed" });
			return { ids: results.map((it) => it.id), broken: [], results };
		});
	} finally {
		await browser.stop();
		server.stop();
	}
}
