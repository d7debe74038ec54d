"""First and last names for the crowd, from many places."""

from __future__ import annotations

FIRST = tuple(
    """
    Aaliyah Aarav Abena Adaeze Agnieszka Aiko Ainhoa Alejandro Alice Aline Amélie Amina Anders
    Andrea Anil Anjali Anneke Antoine Arjun Asha Astrid Ayesha Beatriz Benedikt Bilal Björn Bogdan
    Bronwyn Camille Carlos Caroline Chiara Chinedu Chloé Christopher Ciarán Clara Connor Daan
    Daniela David Deepak Diego Dimitri Dorothy Dylan Eirini Elena Elif Emeka Emily Emre Erik Esther
    Étienne Eun-ji Fatima Fernanda Finn Florence Francesca François Freya Gabriel Giorgos Giulia
    Grace Grzegorz Gustavo Hamza Hana Hannah Haruto Heike Hiroshi Hugo Ibrahim Ilse Imani Ingrid
    Isabel Ivan Jakub James Jasmine Javier Jens Ji-woo João Jonas Joseph Julia Jürgen Kamal Karin
    Katarzyna Keiko Kemal Khadija Kofi Kristina Kwame Lars Laura Leila Lerato Liam Linh Lucas Lucía
    Magnus Malik Mandla Marek Margaret Marie Marta Mateo Matthew Mei Michał Miguel Mila Min-jun
    Mohammed Monique Nadia Naomi Natalia Ngozi Niamh Nikolai Noah Nomvula Oksana Olga Oliver Olumide
    Omar Oskar Paolo Patience Pedro Petra Priya Quentin Rachel Rafael Rania Ravi Renée Ricardo Rosa
    Ruth Sadia Samuel Sanjay Sara Sebastián Siobhán Sofia Stefan Sunita Svetlana Tadeusz Takeshi
    Tariq Thandiwe Thomas Tomás Tuan Ursula Valentina Vera Vikram Vincent Wanjiru Wei William
    Xiomara Yara Yuki Yusuf Zainab Zeynep
    """.split()  # noqa: SIM905  (a list to read, not a column)
)

LAST = tuple(
    """
    Abdullah Achterberg Acosta Adeyemi Ahmed Akhtar Albrecht Almeida Álvarez Andersson Antonopoulos
    Arslan Asante Bakker Balogun Banerjee Barbosa Bauer Becker Bergström Bianchi Björnsson Blanchard
    Boateng Bondarenko Botha Brennan Byrne Carvalho Castillo Chandra Chen Choi Colombo Cooper Costa
    Cruz Dąbrowski Das De-Vries Delgado Demir Diallo Diaz Dimitrov Dlamini Dubois Duarte Eriksen
    Espinoza Evans Fernandes Ferrari Fischer Fitzgerald Fontaine Foster Fournier Fujimoto García
    Gonçalves González Gupta Haddad Hansen Hashimoto Hernández Hoang Hoffmann Horvat Hughes Hussein
    Ibáñez Ito Ivanova Jackson Jansen Jensen Jiménez Johansson Jones Kaczmarek Kapoor Karlsson Kaya
    Kelly Khan Khumalo Kim Kiplagat Kobayashi Kovács Kowalski Krüger Kumar Lambert Larsen Lee
    Lehmann Lim López Lund MacDonald Mahlangu Maier Malik Marchetti Martin Mbeki Mehta Mendoza
    Mensah Meyer Mitchell Molina Moreau Morris Mwangi Nakamura Naidoo Navarro Ncube Nguyen Nielsen
    Novák Nowak Ochieng Ödegaard Okafor Okonkwo Olsen Ong Ortega Osei Özdemir Papadakis Park Patel
    Pérez Petrova Pham Popescu Quispe Ramírez Rao Reddy Reyes Ricci Rojas Rossi Rousseau Ruiz Saito
    Sánchez Santos Sato Schneider Schröder Sharma Silveira Singh Smirnov Sørensen Strand Suzuki
    Svensson Szabó Takahashi Tan Taylor Thompson Torres Tran Tshabalala Turner Ueda Usman Vargas
    Vasquez Virtanen Vogel Volkov Wagner Walker Wang Weber Williams Winther Wong Wright Yamamoto
    Yıldız Young Zhang Zieliński Zulu
    """.split()  # noqa: SIM905  (a list to read, not a column)
)

DOMAINS = ("acme.example", "northwind.example", "sprintlab.example", "uni-sport.example", "peak-coaching.example")
