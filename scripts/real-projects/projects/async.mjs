export default {
	repository: "caolan/async",
	version: "3.2.6",
	commit: "77fd31096b7b421d6cd6be84757c767e0b35b9fd",
	// Without Babel, which reads files itself and would pass the loader by, and which this Node does not need: lib is of
	// ES modules, of which only the generated index leaves endings out.
	prepare: [`sed -i "s#from '\\(./[A-Za-z]*\\)'#from '\\1.js'#" lib/index.js`],
	runner: "mocha",
	command: ["mocha", "--no-opts", "--require", "test/support/setup", "test/*.js"],
	differs: {
		" › async function support should handle async functions in autoInject":
			"autoInject reads the names of parameters from the function's text, which shows the shell",
		" › async function support awaitable functions should return a Promise: autoInject": "the same",
	},
};
