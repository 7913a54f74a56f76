// What each test runner says of its tests, in one form.

/**
 * @typedef {object} Outcome
 * @property {string} name file, suites and title
 * @property {"pass" | "fail" | "skip"} status
 * @property {string} [error] of a failure: stack or message
 */

/**
 * How a runner is asked for a report, and how that is read: the file, or the standard output where it wrote none.
 *
 * @type {Record<string, { options(report: string): string[], read(text: string, directory: string): Outcome[] }>}
 */
export const runners = {
	"node:test": {
		options: (report) => [
			`--test-reporter=${new URL("node-test-reporter.mjs", import.meta.url).href}`,
			`--test-reporter-destination=${report}`,
		],
		read: (text) =>
			text
				.split("\n")
				.filter((line) => line !== "")
				.map((line) => JSON.parse(line)),
	},
	ava: { options: () => ["--tap"], read: readTap },
	mocha: {
		options: (report) => ["--reporter", "json", "--reporter-options", `output=${report}`],
		read: readMocha,
	},
	vitest: {
		options: (report) => ["--reporter=json", `--outputFile=${report}`],
		read: readVitest,
	},
};

/** Tests of one name are told apart by number, in the order in which they ended. */
export function byName(outcomes) {
	const found = new Map();
	for (const outcome of outcomes) {
		let { name } = outcome;
		for (let number = 2; found.has(name); number++) name = `${outcome.name} (${number})`;
		found.set(name, outcome);
	}
	return found;
}

function readTap(text) {
	const outcomes = [];
	for (const line of text.split("\n")) {
		const match = /^(not )?ok \d+(?: - (.*?))?(?:\s+# (SKIP|TODO)\b.*)?$/.exec(line);
		if (match === null) {
			const last = outcomes.at(-1);
			if (last?.status === "fail" && /^\s/.test(line)) last.error = `${last.error ?? ""}${line}\n`.slice(0, 3000);
			continue;
		}
		const [, failed, name = "", directive] = match;
		outcomes.push({ name, status: directive !== undefined ? "skip" : failed === undefined ? "pass" : "fail" });
	}
	return outcomes;
}

function readMocha(text, directory) {
	const start = text.search(/^\{$/m);
	if (start < 0) return [];
	const end = text.lastIndexOf("\n}") + 2;
	const { passes, failures, pending } = JSON.parse(text.slice(start, end));
	const outcome = (status) => (test) => ({
		name: [test.file?.replace(`${directory}/`, "") ?? "", test.fullTitle].join(" › "),
		status,
		...(status === "fail" && { error: String(test.err?.stack ?? test.err?.message ?? "").slice(0, 3000) }),
	});
	return [...passes.map(outcome("pass")), ...failures.map(outcome("fail")), ...pending.map(outcome("skip"))];
}

function readVitest(text, directory) {
	const outcomes = [];
	for (const file of JSON.parse(text).testResults) {
		const path = file.name.replace(`${directory}/`, "");
		for (const { ancestorTitles, title, status, failureMessages } of file.assertionResults)
			outcomes.push({
				name: [path, ...ancestorTitles, title].join(" › "),
				status: status === "passed" ? "pass" : status === "failed" ? "fail" : "skip",
				...(status === "failed" && { error: failureMessages.join("\n").slice(0, 3000) }),
			});
		if (file.status === "failed" && file.assertionResults.length === 0)
			outcomes.push({ name: path, status: "fail", error: String(file.message).slice(0, 3000) });
	}
	return outcomes;
}
