// The fenced code blocks of a Markdown text.

const fence = /^( *)(`{3,}|~{3,})([^\n]*)\n(.*?)^ *\2[ \t]*$/gms;

/** @returns {{ info: string, code: string, line: number }[]} */
export function blocksOf(text) {
	return [...text.matchAll(fence)].map(({ 1: indent, 3: info, 4: body, index }) => ({
		info: info.trim(),
		code: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
		line: text.slice(0, index).split("\n").length,
	}));
}

/** The exit code that `exit=1` in a block's first line announces; 0 without. */
export function exitOf(info) {
	return Number(/\bexit=(\d+)/.exec(info)?.[1] ?? 0);
}

/** The text with other contents in some of its blocks, which are given by their number. */
export function withBlocks(text, contents) {
	let number = 0;
	return text.replaceAll(fence, (whole, indent, marks, info) => {
		const content = contents.get(number++);
		if (content === undefined) return whole;
		return `${indent}${marks}${info}\n${content.trimEnd().replaceAll(/^(?=.)/gm, indent)}\n${indent}${marks}`;
	});
}
