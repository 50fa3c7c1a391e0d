import { faultCodes, XmlRpcFault, type RpcValue } from '../../contract/rpc.ts';
import { elements, type Element } from './grammar.ts';
import type { RpcLimits } from './limits.ts';
import { trimXml } from './text.ts';

export interface RpcDocument {
  /** null where there was none. */
  readonly methodName: string | null;
  readonly params: RpcValue[];
  readonly fault: RpcValue | undefined;
}

/** A class, because there is one for each element of each call. */
class Frame {
  readonly element: Element;
  /** Children so far. */
  count = 0;
  /** The first of them, where none may come twice. */
  first = '';
  readonly items: RpcValue[] | undefined;
  readonly members: Record<string, RpcValue> | undefined;
  memberName = '';

  constructor(element: Element) {
    this.element = element;
    this.items = element.name === 'data' ? [] : undefined;
    // Without a prototype, no name of a member is special.
    this.members = element.name === 'struct' ? (Object.create(null) as Record<string, RpcValue>) : undefined;
  }
}

const maxNameLength = 255;

/**
 * Makes values of the elements and texts of one document, which come from a peer. It takes nothing that is not exactly
 * XML-RPC, and throws a fault that says what was expected. (A class: of closures there would be a dozen for each call.)
 */
export class Builder {
  /** Whole after the last element. */
  readonly document: { methodName: string | null; params: RpcValue[]; fault: RpcValue | undefined } = {
    methodName: null,
    params: [],
    fault: undefined,
  };
  readonly #root: string;
  readonly #limits: RpcLimits;
  readonly #frames: Frame[] = [];
  #text = '';
  #depth = 0;
  #values = 0;
  /** What the innermost `value` holds; undefined: nothing but text so far. */
  #held: RpcValue | undefined;

  constructor(root: 'methodCall' | 'methodResponse', limits: RpcLimits) {
    this.#root = root;
    this.#limits = limits;
  }

  open(name: string): void {
    const element = elements.get(name);
    const parent = this.#frames.at(-1);
    if (parent === undefined) {
      if (name !== this.#root) throw invalid(`expected a ${this.#root}, got <${shown(name)}>`);
    } else {
      this.#admit(parent, name);
    }
    this.#text = '';
    this.#frames.push(new Frame(element as Element));
    if (name === 'value') this.#beginValue();
  }

  text(more: string): void {
    this.#text = this.#text === '' ? more : this.#text + more;
  }

  close(): void {
    this.#finish(this.#frames.pop() as Frame);
    this.#text = '';
  }

  #admit(parent: Frame, name: string): void {
    const { element } = parent;
    if (!element.children.has(name)) throw invalid(`<${shown(name)}> cannot stand in <${element.name}>`);
    this.#requireBlank(element.name);
    parent.count += 1;
    if (element.name === 'value') {
      if (this.#held !== undefined) throw invalid('a <value> holds more than one');
    } else if (element.children.size > 1 || element.count !== null) {
      this.#admitOnce(parent, name);
    }
  }

  #admitOnce(parent: Frame, name: string): void {
    const { element, first, count } = parent;
    if (count === 1) {
      parent.first = name;
      if (name === 'params' && element.name === 'methodCall') throw invalid('expected a <methodName> before <params>');
      if (name === 'value' && element.name === 'member') throw invalid('expected a <name> before <value>');
    } else if (first === name || count > 2) {
      throw invalid(`<${element.name}> holds more than one <${name}>`);
    }
  }

  #beginValue(): void {
    this.#depth += 1;
    this.#values += 1;
    if (this.#depth > this.#limits.depth)
      throw invalid(`values stand more than ${this.#limits.depth} deep in each other`);
    if (this.#values > this.#limits.values) throw invalid(`there are more than ${this.#limits.values} values`);
    this.#held = undefined;
  }

  #finish({ element, count, items, members }: Frame): void {
    const { name, scalar } = element;
    if (scalar !== undefined) {
      this.#held = scalar(this.#text);
      if (this.#held === undefined) throw invalid(`"${shown(this.#text)}" is no ${name}`);
      return;
    }
    if (name === 'value') return this.#finishValue();
    if (name === 'name') return this.#nameMember(this.#text);
    if (name === 'methodName') return this.#nameMethod(trimXml(this.#text));
    this.#requireBlank(name);
    if (element.count !== null && count !== element.count) throw invalid(`<${name}> does not hold what it has to`);
    if (name === 'methodCall' && this.document.methodName === null) throw invalid('expected a <methodName>');
    this.#held = items ?? members ?? this.#held;
  }

  #nameMethod(name: string): void {
    if (name === '' || name.length > maxNameLength)
      throw invalid(`expected a method name of 1 to ${maxNameLength} characters`);
    this.document.methodName = name;
  }

  #finishValue(): void {
    if (this.#held !== undefined) this.#requireBlank('value');
    const value = this.#held === undefined ? this.#text : this.#held;
    this.#depth -= 1;
    this.#held = undefined;
    const parent = this.#frames.at(-1) as Frame;
    switch (parent.element.name) {
      case 'data':
        return void parent.items?.push(value);
      case 'param':
        return void this.document.params.push(value);
      case 'fault':
        this.document.fault = value;
        return;
      default:
        structOf(this.#frames)[parent.memberName] = value;
    }
  }

  #nameMember(name: string): void {
    const members = structOf(this.#frames);
    if (Object.hasOwn(members, name)) throw invalid(`a struct has two members "${shown(name)}"`);
    (this.#frames.at(-1) as Frame).memberName = name;
  }

  #requireBlank(name: string): void {
    if (this.#text !== '' && trimXml(this.#text) !== '')
      throw invalid(`text "${shown(trimXml(this.#text))}" cannot stand in <${name}>`);
  }
}

/** The struct of the member that is open. */
function structOf(frames: readonly Frame[]): Record<string, RpcValue> {
  return frames.at(-2)?.members as Record<string, RpcValue>;
}

const maxShown = 40;

/** A piece of the peer's text for a message to it. */
function shown(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown).toWellFormed()}…` : text;
}

function invalid(message: string): XmlRpcFault {
  return new XmlRpcFault(faultCodes.invalidRequest, `not XML-RPC: ${message}`);
}
