// Idioms side by side in the documentation: what another library's program prints and what ours prints.
//
// `ts prelude NAME` is a program with the line "the example stands here" in a comment: the examples of that name are put in
// its place. `ts theirs NAME` and `ts ours NAME` are such examples (NAME is `theirs` or `ours` unless given; `alone` needs no
// prelude, being a whole program). The `text` block after ours is what both print. A `text` block of its own after theirs says that it prints something else. `exit=1` as in other snippets.
import { blocksOf, exitOf } from "./doc-blocks.mjs";

const placeholder = /^([ \t]*)(?:\/\/|#) the example stands here\n/m;

/**
 * @typedef {{ place: string, language: string, role: string, name: string, code: string, exit: number, output: string | undefined }} Example
 * @returns {{ examples: Example[], problems: string[] }}
 */
export function extractPairs(file, text) {
	const preludes = new Map();
	const examples = [];
	const problems = [];
	/** @type {Example[]} */
	let waiting = [];
	let last;
	for (const { info, code, line } of blocksOf(text)) {
		const place = `${file}:${line}`;
		const [language, role, ...rest] = info.split(/\s+/);
		const [name = role] = rest.filter((word) => !word.includes("="));
		const previous = last;
		last = undefined;
		if (role === "prelude") {
			if (!placeholder.test(code)) problems.push(`${place} says nowhere "the example stands here"`);
			preludes.set(`${language} ${name}`, code);
		} else if (role === "theirs" || role === "ours") {
			const prelude = preludes.get(`${language} ${name}`);
			if (prelude === undefined && name !== "alone" && language !== "kotlin")
				problems.push(`${place} has no prelude ${language} ${name}`);
			const whole = prelude === undefined ? code : stand(prelude, code);
			last = { place, language, role, name, code: whole, exit: exitOf(info), output: undefined };
			if (role === "theirs") waiting.push(last);
			else if (waiting.length === 0) problems.push(`${place} has nothing to stand beside`);
			examples.push(last);
		} else if (language === "text" && previous !== undefined) {
			previous.output = code;
			if (previous.role !== "ours") continue;
			for (const theirs of waiting) {
				if (theirs.output === code) problems.push(`${theirs.place} prints what ours prints: leave its output away`);
				theirs.output ??= code;
			}
			waiting = [];
		}
	}
	for (const { place, output } of examples) if (!output?.trim()) problems.push(`${place} lacks an output to compare`);
	return { examples, problems };
}

/** The example in its prelude, indented as the placeholder is. */
function stand(prelude, code) {
	return prelude.replace(placeholder, (_, indent) => code.replaceAll(/^(?=.)/gm, indent));
}
