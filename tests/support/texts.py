"""Texts in old encodings, and front matter that is made to do harm."""

LEGACY = {
    "latin-1": "L'été dernier, la société a présenté ses résultats à Genève. Les bénéfices ont été très élevés, malgré "
    "la crise qui a frappé l'économie européenne. Où sont passés les députés ? Ils étaient déjà à la fête.",
    "cp1252": "El año pasado la “señora” Núñez viajó a España; mañana volverá a Bogotá, según su compañía.",
    "cp1250": "Prezydent powiedział, że nowy most został otwarty dla ludzi. Łódź i Gdańsk również planują budowę.",
    "cp1251": "Президент сказал, что мост открыт для всех жителей города.",
    "shift_jis": "大統領は新しい橋が市民に開放されたと述べた。政府は他の橋も計画している。",
}

ALIASES = "\n".join(["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)])
HOSTILE_FRONT_MATTER = {
    "aliases": f"---\n{ALIASES}\ntitle: The bomb\n---\n",
    "10 MB": "---\n" + "a: b\n" * 2_000_000 + "---\n",
    "nested lists": "---\ntitle: The bomb\na: " + "[" * 15_000 + "\n---\n",
    "nested mappings": "---\ntitle: The bomb\na: " + "{a: " * 7_000 + "\n---\n",
    "nested keys": "---\n" + "? " * 15_000 + "\n---\n",
    "nested TOML": "+++\na = " + "[" * 30_000 + "\n+++\n",
    "long TOML key": "+++\n" + ".".join("a" * 15_000) + " = 1\n+++\n",
    "long number": "---\ndate: " + "9" * 30_000 + "\n---\n",
    "spaces": "---\ntitle: a" + " " * 31_000 + "b: c\n---\n",
    "blank lines": "\n \t" * 100_000,
    "dates": "2025-" * 100_000,
    "python object": "---\ntitle: !!python/object/apply:os.system ['exit 1']\n---\n",
    "merge": "---\na: &a {b: c}\n<<: *a\n---\n",
    "no date": "---\ndate: 2025-13-45\n---\n",
    "surrogates": '---\ntitle: "\\uD800 \\0 bridge"\n---\n',
}
