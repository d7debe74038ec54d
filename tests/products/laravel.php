<?php
// Laravel's own packages: tables by its schema builder, sign-ins by its session guard, hashes by its hashers.

namespace App\Models {

    require __DIR__ . '/talk.php';
    foreach (['Auth', 'Container', 'Database', 'Hashing', 'Session'] as $package) {
        require "Illuminate/$package/autoload.php";
    }

    class User extends \Illuminate\Database\Eloquent\Model implements \Illuminate\Contracts\Auth\Authenticatable
    {
        use \Illuminate\Auth\Authenticatable;

        protected $guarded = [];
    }
}

namespace {

    use App\Models\User;
    use Illuminate\Auth\EloquentUserProvider;
    use Illuminate\Auth\SessionGuard;
    use Illuminate\Container\Container;
    use Illuminate\Contracts\Auth\Guard;
    use Illuminate\Database\Capsule\Manager;
    use Illuminate\Database\Schema\Blueprint;
    use Illuminate\Hashing\Argon2IdHasher;
    use Illuminate\Hashing\BcryptHasher;
    use Illuminate\Session\DatabaseSessionHandler;
    use Illuminate\Session\Store;

    $address = parse_url($argv[1]);
    $capsule = new Manager();
    $capsule->addConnection([
        'driver' => 'mysql', 'host' => $address['host'], 'port' => $address['port'],
        'database' => ltrim($address['path'], '/'), 'username' => $address['user'],
        'password' => urldecode($address['pass'] ?? ''), 'charset' => 'utf8mb4',
    ]);
    $capsule->setAsGlobal();
    $capsule->bootEloquent();
    $hashers = [
        'bcrypt-2y' => new BcryptHasher(['rounds' => 12]),  // as config/hashing.php has it since Laravel 11
        'argon2id' => new Argon2IdHasher(),
    ];
    $cheap = new BcryptHasher(['rounds' => 4]);  // as .env.testing has it: for people
    $provider = new EloquentUserProvider($cheap, User::class);

    /** A browser comes with its cookies, or with none. */
    function guard(?string $session): array
    {
        global $capsule, $provider;
        $container = new Container();
        $handler = new DatabaseSessionHandler($capsule->getConnection(), 'sessions', 120, $container);
        $store = new Store('laravel_session', $handler, $session);
        $store->start();
        $guard = new SessionGuard('web', $provider, $store);
        $container->instance(Guard::class, $guard);
        return [$guard, $store];
    }

    $cookies = [];

    answer([
        'make' => function (array $people) use ($capsule, $cheap): void {
            $schema = $capsule->getConnection()->getSchemaBuilder();
            $schema->create('users', function (Blueprint $table) {
                $table->id();
                $table->string('name');
                $table->string('email')->unique();
                $table->timestamp('email_verified_at')->nullable();
                $table->string('password');
                $table->rememberToken();
                $table->string('phone')->nullable();
                $table->timestamps();
            });
            $schema->create('sessions', function (Blueprint $table) {
                $table->string('id')->primary();
                $table->foreignId('user_id')->nullable()->index();
                $table->string('ip_address', 45)->nullable();
                $table->text('user_agent')->nullable();
                $table->longText('payload');
                $table->integer('last_activity')->index();
            });
            $schema->create('password_reset_tokens', function (Blueprint $table) {
                $table->string('email')->primary();
                $table->string('token');
                $table->timestamp('created_at')->nullable();
            });
            foreach ($people as $each) {
                User::create([
                    'name' => "{$each['first']} {$each['last']}", 'email' => $each['email'],
                    'phone' => $each['phone'], 'password' => $cheap->make($each['password']),
                ]);
            }
        },
        'opens' => function (string $email, string $password) use ($provider): bool {
            $user = $provider->retrieveByCredentials(['email' => $email]);
            return $provider->validateCredentials($user, ['password' => $password]);
        },
        'enter' => function (string $email, string $password) use (&$cookies, $provider): bool {
            [$guard, $store] = guard(null);
            $came = $guard->attempt(['email' => $email, 'password' => $password]);
            $store->save();
            if ($came) {
                $user = $guard->user();
                $provider->updateRememberToken($user, bin2hex(random_bytes(30)));
                $cookies[$email] = [$store->getId(), $user->id, $user->remember_token];
            }
            return $came;
        },
        'inside' => function (string $email) use (&$cookies, $provider): bool {
            [$session, $id, $token] = $cookies[$email];
            return guard($session)[0]->check() || $provider->retrieveByToken($id, $token) !== null;
        },
        'choose' => function (string $email, string $password) use ($cheap): void {
            User::where('email', $email)->update(['password' => $cheap->make($password)]);
        },
        'stale' => fn (string $email): bool =>
            $cheap->needsRehash(User::where('email', $email)->value('password')),
        'make_hash' => fn (string $name, string $password): string => $hashers[$name]->make($password),
        'check_hash' => fn (string $name, string $password, string $stored): array =>
            [$hashers[$name]->check($password, $stored), $hashers[$name]->needsRehash($stored)],
    ]);
}
