/** Deliberately broken compilers: each changes the emitted text in one way, and the fuzzer must notice. */
export const mutants = {
	"lost-value": {
		breaks: "an await that suspends gives undefined",
		mutate: (code) => code.replace(/\? yield (\d+) : \$t\b/g, "? (yield $1, undefined) : $t"),
	},
	"lost-argument": {
		breaks: "an awaited call with two arguments passes one",
		mutate: (code) => code.replace(/\$k\.call2\(("(?:[^"\\]|\\.)*", [\w$]+), ([\w$]+), [\w$]+\)/g, "$k.call1($1, $2)"),
	},
	"caught-cancellation": {
		breaks: "a catch clause stops a cancellation",
		mutate: (code) => code.replace(/\$k\.caught\([\w$]+\);/g, ""),
	},
	"unprotected-cleanup": {
		breaks: "awaits in a finally block are cancelled like others",
		mutate: (code) => code.replace(/\$k\.cleanupEnter\(\)/g, "0").replace(/\$k\.cleanupLeave\([\w$]+\)/g, "0"),
	},
	"unclosed-iterator": {
		breaks: "leaving a for await loop does not close what it iterates",
		mutate: (code) => code.replace(/\$k\.forOpen\([\w$]+\)/g, "false"),
	},
	unowned: {
		breaks: "functions do not own the tasks that they start",
		options: { structure: "scope" },
	},
	"kept-losers": {
		breaks: "the losers of a race are not cancelled",
		mutate: (code) => code.replace(/\$k\.combine\(Promise, "(\w+)", /g, "Promise.$1("),
	},
	"late-tick": {
		breaks: "with native ticks every await takes one tick more",
		mutate: (code) =>
			code.includes("$k.native")
				? code.replace(/yield (\d+)\)/g, "globalThis.$late = yield $1, $k.nativeAwait(globalThis.$late), yield $1)")
				: code,
	},
};
