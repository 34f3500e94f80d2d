/**
 * Splits a list at spaces and commas. A comma within braces, brackets or parentheses belongs to a
 * pattern.
 */
export function splitList(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if ('{[('.includes(char)) depth += 1;
    if ('}])'.includes(char)) depth = Math.max(0, depth - 1);
    if (/\s/.test(char) || (char === ',' && depth === 0)) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.filter((part) => part !== '');
}
