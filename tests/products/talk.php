<?php
// The products' end of the talk, for those in PHP: a line of JSON in, a line of JSON out (see talk.py).

// Debian's PHP is newer than some of these packages; what it thinks of them is not asked here.
error_reporting(E_ALL & ~E_DEPRECATED);
set_error_handler(function (int $kind, string $said, string $file, int $line) {
    if (error_reporting() & $kind) {
        throw new ErrorException($said, 0, $kind, $file, $line);
    }
});

function answer(array $questions): void
{
    while (($line = fgets(STDIN)) !== false) {
        $asked = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
        $question = $questions[$asked['ask']];
        unset($asked['ask']);
        try {
            $told = ['answer' => $question(...$asked)];
        } catch (Throwable $error) {
            $told = ['broken' => get_class($error) . ': ' . $error->getMessage()];
        }
        fwrite(STDOUT, json_encode($told, JSON_THROW_ON_ERROR) . "\n");
    }
}
