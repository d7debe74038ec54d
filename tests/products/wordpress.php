<?php
// WordPress itself, from Debian's package, installed into an empty database: its tables, sign-ins and cookies.
//
// Debian's is older than 6.8. What 6.8 changed is how a password is hashed, in two functions that WordPress lets
// anybody replace; here they are as 6.8's documentation describes them. Its older hashes are asked under `phpass`.

require __DIR__ . '/talk.php';

$address = parse_url($argv[1]);
define('DB_HOST', "{$address['host']}:{$address['port']}");
define('DB_NAME', ltrim($address['path'], '/'));
define('DB_USER', $address['user']);
define('DB_PASSWORD', urldecode($address['pass'] ?? ''));
define('DB_CHARSET', 'utf8mb4');
define('ABSPATH', rtrim($argv[2], '/') . '/');
define('WP_CONTENT_DIR', sys_get_temp_dir() . '/nothing-of-wordpress');
define('WP_INSTALLING', true);
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define("{$name}_KEY", "only for this test $name");
    define("{$name}_SALT", "only for this test too $name");
}
$_SERVER += ['HTTP_HOST' => 'wordpress.example', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_URI' => '/'];
$_SERVER['REMOTE_ADDR'] = '127.0.0.1';
$table_prefix = 'wp_';

function prepared(string $password): string
{
    return base64_encode(hash_hmac('sha384', trim($password), 'wp-sha384', true));
}

function wp_hash_password($password)
{
    return '$wp' . password_hash(prepared($password), PASSWORD_BCRYPT);
}

function wp_check_password($password, $hash, $user_id = '')
{
    return str_starts_with($hash, '$wp') && password_verify(prepared($password), substr($hash, 3));
}

function stale(string $hash): bool
{
    return !str_starts_with($hash, '$wp') || password_needs_rehash(substr($hash, 3), PASSWORD_BCRYPT);
}

restore_error_handler();  // WordPress lives with warnings
require ABSPATH . 'wp-settings.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
require ABSPATH . 'wp-includes/class-phpass.php';
error_reporting(E_ERROR);

$before = new PasswordHash(8, true);
$cookies = [];

answer([
    'make' => function (array $people): void {
        make_db_current_silent();
        populate_options();
        populate_roles();
        foreach ($people as $each) {
            $id = wp_insert_user([
                'user_login' => strtolower($each['first']), 'user_pass' => $each['password'],
                'user_email' => $each['email'], 'first_name' => $each['first'], 'last_name' => $each['last'],
                'role' => $each['admin'] ? 'administrator' : 'subscriber',
            ]);
            update_user_meta($id, 'billing_phone', $each['phone']);
        }
    },
    'opens' => function (string $email, string $password): bool {
        wp_cache_flush();
        return wp_authenticate($email, $password) instanceof WP_User;
    },
    'enter' => function (string $email, string $password) use (&$cookies): bool {
        wp_cache_flush();
        $user = wp_authenticate($email, $password);
        if ($user instanceof WP_User) {
            $until = time() + DAY_IN_SECONDS;
            $token = WP_Session_Tokens::get_instance($user->ID)->create($until);
            $cookies[$email] = wp_generate_auth_cookie($user->ID, $until, 'logged_in', $token);
        }
        return $user instanceof WP_User;
    },
    'inside' => function (string $email) use (&$cookies): bool {
        wp_cache_flush();
        return (bool) wp_validate_auth_cookie($cookies[$email], 'logged_in');
    },
    'choose' => function (string $email, string $password): void {
        wp_cache_flush();
        wp_set_password($password, get_user_by('email', $email)->ID);
    },
    'stale' => function (string $email): bool {
        wp_cache_flush();
        return stale(get_user_by('email', $email)->user_pass);
    },
    'make_hash' => fn (string $name, string $password): string =>
        $name === 'phpass' ? $before->HashPassword($password) : wp_hash_password($password),
    'check_hash' => fn (string $name, string $password, string $stored): array => $name === 'phpass'
        ? [$before->CheckPassword($password, $stored), false]
        : [wp_check_password($password, $stored), stale($stored)],
]);
