// Which declarations of a set of emitted `.d.ts` files can be reached from the names that their entries export.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** Keeps, by file, the statements that `reach…` has met. */
export class Surface {
	/** @type {Map<string, Set<object>>} */
	kept = new Map();
	#modules = new Map();

	/** The names that a module exports, those of its `export *` included. */
	exportedNames(file) {
		const { exports, stars } = this.#module(file);
		const inherited = stars.flatMap((star) => this.exportedNames(star)).filter((name) => name !== "default");
		return [...new Set([...exports.keys(), ...inherited])].sort();
	}

	/** `name` may be `*`: all of the module. */
	reachExport(file, name) {
		if (name === "*") {
			for (const each of this.exportedNames(file)) this.reachExport(file, each);
			return;
		}
		const { exports, stars } = this.#module(file);
		const origin = exports.get(name);
		if (origin !== undefined) this.#reachOrigin(file, origin);
		else for (const star of stars) if (this.exportedNames(star).includes(name)) this.reachExport(star, name);
	}

	/** The kept statements of a file in their order, as text without comments. */
	textOf(file) {
		const { text, comments } = this.#module(file);
		const statements = [...(this.kept.get(file) ?? [])].sort((a, b) => a.start - b.start);
		return statements.map(({ start, end }) => withoutComments(text, comments, start, end)).join("");
	}

	#reachOrigin(file, { from, name }) {
		if (from === undefined) this.#reachLocal(file, name);
		else if (isOwn(from)) this.reachExport(declarationFile(file, from), name);
	}

	#reachLocal(file, name) {
		const { declarations, imports } = this.#module(file);
		const origin = imports.get(name);
		if (origin !== undefined) this.#reachOrigin(file, origin);
		for (const statement of declarations.get(name) ?? []) this.#keep(file, statement);
	}

	#keep(file, statement) {
		const kept = this.kept.get(file) ?? new Set();
		this.kept.set(file, kept);
		if (kept.has(statement)) return;
		kept.add(statement);
		// A property's or parameter's name may be that of a declaration too. Reaching one declaration too many is harmless.
		visit(statement, {
			Identifier: ({ name }) => this.#reachLocal(file, name),
			TSImportType: ({ source, qualifier }) => {
				let first = qualifier;
				while (first?.type === "TSQualifiedName") first = first.left;
				this.#reachOrigin(file, { from: source.value, name: first?.name ?? "*" });
			},
		});
	}

	#module(file) {
		const known = this.#modules.get(file);
		if (known !== undefined) return known;
		const module = readDeclarations(file);
		this.#modules.set(file, module);
		return module;
	}
}

function readDeclarations(file) {
	const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
	const { program, comments, errors } = parseSync(file, text);
	if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
	const module = { text, comments, imports: new Map(), exports: new Map(), stars: [], declarations: new Map() };
	const declare = (declaration, statement) => {
		const names = declaration.declarations?.map(({ id }) => id.name) ?? [declaration.id?.name ?? "default"];
		for (const name of names) module.declarations.set(name, [...(module.declarations.get(name) ?? []), statement]);
		return names;
	};
	for (const statement of program.body) {
		const from = statement.source?.value;
		switch (statement.type) {
			case "ImportDeclaration":
				for (const { imported, local, type } of statement.specifiers) {
					const name = imported?.name ?? (type === "ImportDefaultSpecifier" ? "default" : "*");
					module.imports.set(local.name, { from, name });
				}
				break;
			case "ExportAllDeclaration":
				if (statement.exported !== null) module.exports.set(statement.exported.name, { from, name: "*" });
				else if (isOwn(from)) module.stars.push(declarationFile(file, from));
				break;
			case "ExportNamedDeclaration":
				for (const { exported, local } of statement.specifiers)
					module.exports.set(exported.name, { from, name: local.name });
				if (statement.declaration === null) break;
				for (const name of declare(statement.declaration, statement)) module.exports.set(name, { name });
				break;
			case "ExportDefaultDeclaration":
				module.declarations.set("default", [statement]);
				module.exports.set("default", { name: "default" });
				break;
			default:
				declare(statement, statement);
		}
	}
	return module;
}

/** A file of the same package. */
function isOwn(specifier) {
	return /^[.#]/.test(specifier);
}

/** `./scope.ts` and `./scope.js` are `scope.d.ts`; `#host` is what the package's `imports` give as its types. */
function declarationFile(importer, specifier) {
	if (specifier.startsWith("#")) {
		let directory = dirname(importer);
		while (!existsSync(join(directory, "package.json"))) directory = dirname(directory);
		const { imports } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
		return resolve(directory, imports[specifier].types);
	}
	return resolve(dirname(importer), specifier.replace(/(\.d)?\.([cm]?)[jt]s$/, ".d.$2ts"));
}

function visit(statement, visitor) {
	new Visitor(visitor).visit({ type: "Program", body: [statement], sourceType: "module", start: 0, end: 0 });
}

function withoutComments(text, comments, start, end) {
	let rest = "";
	let from = start;
	for (const comment of comments.filter((each) => each.start >= start && each.end <= end)) {
		rest += text.slice(from, comment.start);
		from = comment.end;
	}
	const lines = (rest + text.slice(from, end)).split("\n").map((line) => line.trimEnd());
	return `${lines.filter((line) => line !== "").join("\n")}\n`;
}
