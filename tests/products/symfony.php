<?php
// Symfony's own hasher (`auto`, as security.yaml has it) and firewall, over the table of make:user.

require __DIR__ . '/talk.php';
require 'Symfony/Component/HttpKernel/autoload.php';
require 'Symfony/Component/Security/Http/autoload.php';

use Symfony\Component\EventDispatcher\EventDispatcher;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;
use Symfony\Component\HttpKernel\Event\RequestEvent;
use Symfony\Component\HttpKernel\HttpKernelInterface;
use Symfony\Component\PasswordHasher\Hasher\PasswordHasherFactory;
use Symfony\Component\PasswordHasher\Hasher\SodiumPasswordHasher;
use Symfony\Component\Security\Core\Authentication\Token\Storage\TokenStorage;
use Symfony\Component\Security\Core\Authentication\Token\UsernamePasswordToken;
use Symfony\Component\Security\Core\User\PasswordAuthenticatedUserInterface;
use Symfony\Component\Security\Core\User\UserInterface;
use Symfony\Component\Security\Core\User\UserProviderInterface;
use Symfony\Component\Security\Http\Firewall\ContextListener;

/** As make:user writes it. */
class User implements UserInterface, PasswordAuthenticatedUserInterface
{
    public function __construct(private string $email, private array $roles, private string $password)
    {
    }

    public function getUserIdentifier(): string
    {
        return $this->email;
    }

    public function getUsername(): string
    {
        return $this->email;
    }

    public function getRoles(): array
    {
        return $this->roles;
    }

    public function getPassword(): string
    {
        return $this->password;
    }

    public function getSalt(): ?string
    {
        return null;
    }

    public function eraseCredentials(): void
    {
    }
}

/** As Doctrine's: the row as it is now. */
class Users implements UserProviderInterface
{
    public function __construct(private PDO $database)
    {
    }

    public function loadUserByIdentifier(string $email): User
    {
        $found = $this->database->prepare('SELECT email, roles, password FROM "user" WHERE email = ?');
        $found->execute([$email]);
        $row = $found->fetch(PDO::FETCH_ASSOC);
        return new User($row['email'], json_decode($row['roles'], true), $row['password']);
    }

    public function loadUserByUsername(string $email): User
    {
        return $this->loadUserByIdentifier($email);
    }

    public function refreshUser(UserInterface $user): User
    {
        return $this->loadUserByIdentifier($user->getUserIdentifier());
    }

    public function supportsClass(string $class): bool
    {
        return $class === User::class;
    }
}

class Kernel implements HttpKernelInterface
{
    public function handle(Request $request, int $type = self::MAIN_REQUEST, bool $catch = true): Response
    {
        return new Response();
    }
}

$hashers = new PasswordHasherFactory([
    'real' => ['algorithm' => 'auto'],
    'cheap' => ['algorithm' => 'auto', 'cost' => 4],  // as security.yaml has it for tests: for people
]);
$auto = $hashers->getPasswordHasher('cheap');
$named = ['bcrypt-2y' => $hashers->getPasswordHasher('real'), 'argon2id' => new SodiumPasswordHasher()];
$database = new PDO(str_replace('sqlite:///', 'sqlite:/', $argv[1]));
$users = new Users($database);
$sessions = [];

answer([
    'make' => function (array $people) use ($database, $auto): void {
        $database->exec(
            'CREATE TABLE "user" (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, email VARCHAR(180) NOT NULL,'
            . ' roles CLOB NOT NULL, password VARCHAR(255) NOT NULL, phone VARCHAR(40) DEFAULT NULL,'
            . ' first_name VARCHAR(80), last_name VARCHAR(80))'
        );
        $new = $database->prepare(
            'INSERT INTO "user" (email, roles, password, phone, first_name, last_name) VALUES (?, ?, ?, ?, ?, ?)'
        );
        foreach ($people as $each) {
            $hash = $auto->hash($each['password']);
            $roles = json_encode($each['admin'] ? ['ROLE_ADMIN'] : []);
            $new->execute([$each['email'], $roles, $hash, $each['phone'], $each['first'], $each['last']]);
        }
    },
    'opens' => fn (string $email, string $password): bool =>
        $auto->verify($users->loadUserByIdentifier($email)->getPassword(), $password),
    'enter' => function (string $email, string $password) use (&$sessions, $auto, $users): bool {
        $user = $users->loadUserByIdentifier($email);
        if (!$auto->verify($user->getPassword(), $password)) {
            return false;
        }
        $sessions[$email] = new Session(new MockArraySessionStorage());
        $token = new UsernamePasswordToken($user, 'main', $user->getRoles());
        $sessions[$email]->set('_security_main', serialize($token));
        return true;
    },
    'inside' => function (string $email) use (&$sessions, $users): bool {
        $request = new Request();
        $request->setSession($sessions[$email]);
        $request->cookies->set($sessions[$email]->getName(), 'x');
        $tokens = new TokenStorage();
        $firewall = new ContextListener($tokens, [$users], 'main', null, new EventDispatcher());
        $firewall->authenticate(new RequestEvent(new Kernel(), $request, HttpKernelInterface::MAIN_REQUEST));
        return $tokens->getToken() !== null;
    },
    'choose' => function (string $email, string $password) use ($database, $auto): void {
        $database->prepare('UPDATE "user" SET password = ? WHERE email = ?')
            ->execute([$auto->hash($password), $email]);
    },
    'stale' => fn (string $email): bool =>
        $auto->needsRehash($users->loadUserByIdentifier($email)->getPassword()),
    'make_hash' => fn (string $name, string $password): string => $named[$name]->hash($password),
    'check_hash' => fn (string $name, string $password, string $stored): array =>
        [$named[$name]->verify($stored, $password), $named[$name]->needsRehash($stored)],
]);
