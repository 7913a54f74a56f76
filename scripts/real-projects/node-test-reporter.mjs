// A reporter for `node --test`: one JSON line per test, named by its file and the suites around it.
import { relative } from "node:path";

export default async function* report(events) {
	/** By depth: lines that wait for the name of the suite around them, which is told after its tests. One file is told after the other. */
	const levels = [];
	for await (const { type, data } of events) {
		if (type !== "test:pass" && type !== "test:fail") continue;
		const { name, nesting, file = "", details, skip, todo } = data;
		const title = name.replaceAll(`${process.cwd()}/`, "");
		const inner = levels[nesting + 1] ?? [];
		levels[nesting + 1] = [];
		for (const line of inner) line.path.unshift(title);
		const isSkipped = skip !== undefined || todo !== undefined;
		const status = isSkipped ? "skip" : type === "test:pass" ? "pass" : "fail";
		const { error } = details;
		const own = { path: [title], status, ...(status === "fail" && { error: textOf(error?.cause ?? error) }) };
		// A suite is a test of its own only where it is the one that failed.
		const isBlamed = status === "fail" && error?.failureType !== "subtestsFailed";
		const lines = details.type === "suite" && !isBlamed ? inner : [...inner, own];
		if (nesting === 0) for (const line of lines) yield `${JSON.stringify(named(file, line))}\n`;
		else levels[nesting] = [...(levels[nesting] ?? []), ...lines];
	}
	for (const lines of levels) for (const line of lines ?? []) yield `${JSON.stringify(named("", line))}\n`;
}

function named(file, { path, ...rest }) {
	return { name: [relative(process.cwd(), file), ...path].join(" › "), ...rest };
}

function textOf(error) {
	return String(error?.stack ?? error?.message ?? error).slice(0, 3000);
}
