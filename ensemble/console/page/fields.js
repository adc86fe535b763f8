// The fields of a JSON schema as inputs: each with what it may be, and with what is wrong with it.

import { useSignal } from "@preact/signals";
import { html } from "./html.js";

const INPUTS = { "date-time": "text", date: "date", email: "email" };

/** The properties of an object. `at`: its place, such as `items[0]`. `change` gets the whole object. */
export function Fields({ schema, value, at, fault, change }) {
  const { required = [], properties } = schema;
  const set = (name) => (one) => {
    const next = { ...value, [name]: one };
    if (one === undefined) delete next[name];
    change(next);
  };
  return Object.entries(properties).map(
    ([name, field]) => html`<${Field} key=${name} name=${name} schema=${field} value=${value?.[name]} at=${at ? `${at}.${name}` : name}
      isRequired=${required.includes(name)} fault=${fault} change=${set(name)} />`,
  );
}

function Field(props) {
  const { schema, value, isRequired, name, change } = props;
  if (schema.type === "object" && schema.properties) {
    if (value === undefined) return html`<p class="absent"><button type="button" onClick=${() => change(blank(schema))}>Add ${name}</button> <${Hint} ...${props} /></p>`;
    return html`<fieldset><legend>${name}${isRequired ? null : html` <${Remove} what=${name} remove=${() => change(undefined)} />`}</legend>
      <${Hint} ...${props} /><${Fields} schema=${schema} value=${value} at=${props.at} fault=${props.fault} change=${change} /></fieldset>`;
  }
  if (schema.type === "array") return html`<${List} ...${props} />`;
  const id = `field-${props.at}`;
  const wrong = props.fault?.at[props.at];
  return html`<div class="field ${wrong ? "wrong" : ""}">
    <label for=${id}>${name}${isRequired ? html`<i title="required" aria-hidden="true">*</i>` : html` <small>optional</small>`}</label>
    <${Input} ...${props} id=${id} wrong=${wrong} />
    ${wrong ? html`<p class="fault" role="alert" id="${id}-fault">${wrong}</p>` : null}
    <${Hint} ...${props} />
  </div>`;
}

function List({ schema, value, name, at, fault, change, isRequired }) {
  const items = value ?? [];
  const set = (place) => (one) => change(items.map((other, number) => (number === place ? one : other)));
  const remove = (place) => () => {
    const left = items.filter((_, number) => number !== place);
    change(left.length || isRequired ? left : undefined);
  };
  const wrong = fault?.at[at];
  return html`<fieldset class="items"><legend>${name}</legend>
    <${Hint} schema=${schema} />
    ${items.map((item, place) => {
      const here = `${at}[${place}]`;
      const inner = schema.items.properties
        ? html`<${Fields} schema=${schema.items} value=${item} at=${here} fault=${fault} change=${set(place)} />`
        : html`<${Field} name="${name} ${place + 1}" schema=${schema.items} value=${item} at=${here} isRequired=${true} fault=${fault} change=${set(place)} />`;
      return html`<div class="item" key=${place} role="group" aria-label="${name} ${place + 1}">${inner}<${Remove} what="${name} ${place + 1}" remove=${remove(place)} /></div>`;
    })}
    ${wrong ? html`<p class="fault" role="alert">${wrong}</p>` : null}
    <button type="button" id="field-${at}" disabled=${items.length >= (schema.maxItems ?? Infinity)} onClick=${() => change([...items, items.at(-1) ?? blank(schema.items)])}>Add to ${name}</button>
  </fieldset>`;
}

const Remove = ({ what, remove }) => html`<button type="button" class="plain" aria-label="Remove ${what}" onClick=${remove}>Remove</button>`;

function Input({ schema, value, id, name, wrong, isRequired, change }) {
  const isShown = useSignal(false);
  const common = { id, name, autocomplete: "off", "aria-invalid": wrong ? "true" : undefined, "aria-required": isRequired ? "true" : undefined, "aria-describedby": wrong ? `${id}-fault` : undefined };
  const take = (event) => change(event.target.value === "" && !(isRequired && schema.type === "string") ? undefined : event.target.value);
  const choices = schema.type === "boolean" ? [true, false] : schema.enum;
  if (choices) {
    return html`<select ...${common} onChange=${(event) => change(event.target.value === "" ? undefined : choices[event.target.value])}>
      ${isRequired && value !== undefined ? null : html`<option value="">not given</option>`}
      ${choices.map((one, number) => html`<option value=${number} selected=${one === value}>${String(one)}</option>`)}
    </select>`;
  }
  if (schema.type === "object") return html`<${Map} ...${common} value=${value} change=${change} />`;
  if (schema.type !== "string") {
    return html`<input ...${common} type="text" inputmode=${schema.type === "integer" ? "numeric" : "decimal"} value=${value ?? ""} onInput=${(event) => change(asNumber(event.target.value))} />`;
  }
  // Not of the type password: a browser would offer to keep it.
  const isHidden = schema["x-sensitive"] && !isShown.value;
  const input = html`<input ...${common} class=${isHidden ? "masked" : ""} type=${INPUTS[schema.format] || "text"} value=${value ?? ""} onInput=${take} />`;
  if (!schema["x-sensitive"]) return input;
  return html`<span class="sensitive">${input}<button type="button" aria-pressed=${isShown.value} aria-label="Show ${name}" onClick=${() => (isShown.value = !isShown.value)}>Show</button></span>`;
}

// A map has any names: it is written as JSON. What is no JSON yet is kept as typed, and the server says so.
function Map({ value, change, ...common }) {
  const parse = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text || undefined;
    }
  };
  return html`<textarea ...${common} class="mono" rows="3" onInput=${(event) => change(parse(event.target.value))}>${value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 1)}</textarea>`;
}

// What is no number is kept as typed: the server says that it is none.
const asNumber = (text) => (text.trim() === "" ? undefined : Number.isNaN(Number(text)) || text.endsWith(".") ? text : Number(text));

const blank = (schema) =>
  ({ string: schema.enum?.[0] ?? "", integer: schema.minimum ?? 0, number: schema.minimum ?? 0, boolean: false, array: [] })[schema.type] ??
  Object.fromEntries((schema.required ?? []).map((name) => [name, blank(schema.properties[name])]));

/** What a field may be, in words. */
function Hint({ schema }) {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern, format, description } = schema;
  const words = [
    between(minimum, maximum, ""),
    between(minLength > 1 ? minLength : undefined, maxLength, " characters"),
    between(minItems, maxItems, " of them"),
    format && `a ${format}`,
    pattern && `like ${pattern}`,
    schema["x-sensitive"] && "sensitive: in no log",
  ].filter(Boolean);
  return html`<small class="hint">${[description, sentence(words.join("; "))].filter(Boolean).join(" ")}</small>`;
}

const sentence = (words) => words && `${words[0].toUpperCase()}${words.slice(1)}.`;

function between(least, most, what) {
  if (least === undefined && most === undefined) return "";
  if (least === most) return `${most}${what}`;
  if (most === undefined) return `${least} or more${what}`;
  return least === undefined ? `at most ${most}${what}` : `${least} to ${most}${what}`;
}
