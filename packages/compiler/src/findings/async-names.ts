/** Behind the word: `async function name`, `async name(`, `async *#name(`. */
const behind = /\s+(?:function\b)?[\s*]*(#?[\w$]+)/y;
/** Before it, where a type stands between: `name: Type =`, `const name: Type = (`. */
const typedField = /(#?[\w$]+)\s*:[^=;{}]*$/;
const typedVariable = /\b(?:const|let|var)\s+([\w$]+)[^;]*$/;
const lastWord = /#?[\w$]+$/;

/**
 * The names that async functions of a text may have, and some more: what the rules ask before they look up what a name
 * means. A word in a comment only costs time.
 */
export function asyncNamesIn(text: string): Set<string> {
	const names = new Set<string>();
	const add = (name: string | undefined): void => {
		if (name !== undefined) names.add(name);
	};
	for (let index = text.indexOf("async"); index !== -1; index = text.indexOf("async", index + 5)) {
		behind.lastIndex = index + 5;
		add(behind.exec(text)?.[1]);
		let end = index - 1;
		while (end >= 0 && (text.charCodeAt(end) <= 32 || text[end] === "(")) end--;
		const sign = text[end];
		if (sign !== "=" && sign !== ":") continue;
		const head = text.slice(Math.max(0, end - 200), end).trimEnd();
		add(lastWord.exec(head.slice(-60))?.[0]);
		if (sign === ":" || !head.slice(head.lastIndexOf("\n") + 1).includes(":")) continue;
		add(typedField.exec(head)?.[1]);
		add(typedVariable.exec(head)?.[1]);
	}
	return names;
}
